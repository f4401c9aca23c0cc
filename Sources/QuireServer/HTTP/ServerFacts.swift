import QuireJSON

/// What answers whoever asks whether the server is there, and which one it is.
package struct ServerFacts: RouteGroup {
  private let version: String

  /// - Parameter version: of the program.
  package init(version: String) { self.version = version }

  /// `/health`, which is open to all, and `/version`.
  package var routes: [Route] {
    [
      Route(.get, "/health", needsKey: false) { _ in ServerResponse() },
      Route(.get, "/version") { [version] _ in
        .json { $0.object { $0.member("version", version) } }
      },
    ]
  }
}
