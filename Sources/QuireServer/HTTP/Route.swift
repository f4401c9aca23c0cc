/// One thing that the server answers, as a value: a method, a path, and what answers.
package struct Route: Sendable {
  /// The methods that routes have; `HEAD` is answered by the route for `GET`, without its body.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
  }

  /// The method that it answers.
  package let method: Method
  /// The path, as in `/v1/files/{id}/content`: a name in braces stands for one part, `{name*}` at the end for all that
  /// follow.
  package let path: String
  /// Whether the route is closed to those without a key, where the server has keys.
  package let needsKey: Bool
  /// Answers a request; what it throws beside `HTTPError` and `InputError` is an error of the server.
  package let respond: @Sendable (ServerRequest) async throws -> ServerResponse

  /// A route; each argument is the field of its name.
  package init(
    _ method: Method, _ path: String, needsKey: Bool = true,
    respond: @escaping @Sendable (ServerRequest) async throws -> ServerResponse
  ) {
    self.method = method
    self.path = path
    self.needsKey = needsKey
    self.respond = respond
  }
}

/// Routes that belong together: what a part of the server adds to it.
package protocol RouteGroup: Sendable {
  /// The routes; no two of a server have the same method and path.
  var routes: [Route] { get }
}

/// All routes of a server: finds the one of a request. Time linear in the number of routes.
package struct RouteTable: Sendable {
  /// What was found for a request.
  enum Finding {
    case route(Route, parameters: [String: String])
    /// There are routes of this path, with these methods.
    case otherMethods([String])
    case nothing
  }

  private struct Entry: Sendable {
    let route: Route
    let parts: [Substring]
  }

  private let entries: [Entry]

  /// The routes of all groups. Precondition: no two have the same method and path.
  package init(_ groups: [any RouteGroup]) {
    let routes = groups.flatMap(\.routes)
    let names = routes.map { "\($0.method.rawValue) \($0.path)" }
    precondition(Set(names).count == names.count, "two routes are the same: \(names)")
    entries = routes.map { Entry(route: $0, parts: Self.parts($0.path)) }
  }

  /// The paths of all routes, for `OPTIONS` and for tests.
  package var routes: [Route] { entries.map(\.route) }

  func find(method: String, path: String) -> Finding {
    let parts = Self.parts(path)
    let matches = entries.compactMap { entry in Self.match(entry.parts, parts).map { (entry.route, $0) } }
    let asked = method == "HEAD" ? "GET" : method
    if let (route, parameters) = matches.first(where: { $0.0.method.rawValue == asked }) {
      return .route(route, parameters: parameters)
    }
    return matches.isEmpty ? .nothing : .otherMethods(matches.map(\.0.method.rawValue))
  }

  private static func parts(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: false)
  }

  /// What stands for the names of a route's path; nil where a path is not of its form.
  private static func match(_ pattern: [Substring], _ parts: [Substring]) -> [String: String]? {
    var found: [String: String] = [:]
    for (index, expected) in pattern.enumerated() {
      guard index < parts.count else { return nil }
      guard expected.hasPrefix("{"), expected.hasSuffix("}") else {
        guard expected == parts[index] else { return nil }
        continue
      }
      let name = expected.dropFirst().dropLast()
      if name.hasSuffix("*") {
        found[String(name.dropLast())] = PercentEncoding.decoded(parts[index...].joined(separator: "/"))
        return found
      }
      guard !parts[index].isEmpty else { return nil }
      found[String(name)] = PercentEncoding.decoded(parts[index])
    }
    return pattern.count == parts.count ? found : nil
  }
}
