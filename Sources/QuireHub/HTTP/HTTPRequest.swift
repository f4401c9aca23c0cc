import Foundation

/// One question to a server.
struct HTTPRequest {
  var url: URL
  var method = "GET"
  /// Fields that every server may see.
  var headers: [String: String] = [:]
  /// Fields that prove who asks: they go to the first URL's server only, never along a redirection to another.
  var credentials: [String: String] = [:]
}

/// The head of a server's answer.
struct HTTPResponse: Sendable {
  let status: Int
  /// Fields by their names in lower case.
  let headers: [String: String]

  /// The field's value where it is a number.
  func integer(_ name: String) -> Int? { headers[name].flatMap { Int($0) } }
}

extension URL {
  /// Whether the other URL leads to the same server by the same way.
  func hasOrigin(of other: URL) -> Bool {
    scheme?.lowercased() == other.scheme?.lowercased() && host()?.lowercased() == other.host()?.lowercased()
      && (port ?? usualPort) == (other.port ?? other.usualPort)
  }

  private var usualPort: Int { scheme?.lowercased() == "http" ? 80 : 443 }

  /// Scheme and host, for messages: queries of redirections hold signatures.
  var serverName: String { "\(scheme ?? "")://\(host() ?? "")\(port.map { ":\($0)" } ?? "")" }
}
