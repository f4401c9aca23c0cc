import QuireDigests

/// The page that `/` answers with: a conversation in a browser, by this server's own endpoints. It is open to all who
/// reach the server, and knows nothing; the key stands in what it asks. Its files are text in Swift files, so that the
/// program needs none beside it.
package struct ChatPage: RouteGroup {
  /// A file of the page.
  private struct File: Sendable {
    let path: String
    let type: String
    let text: String
  }

  private static let files =
    [
      File(path: "/", type: "text/html", text: frame),
      File(path: "/page/page.css", type: "text/css", text: style),
      File(path: "/page/icon.svg", type: "image/svg+xml", text: icon),
    ]
    + [
      ("main", main), ("conversation", conversation), ("markdown", markdown), ("stream", stream),
      ("history", history), ("fields", fields), ("batches", batches),
    ].map { File(path: "/page/\($0).js", type: "text/javascript", text: $1) }

  /// What the browser lets the page do (Content Security Policy, level 3): load its own files, ask its own server, and
  /// never make HTML or programs of a text (Trusted Types).
  private static let policy = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].joined(separator: "; ")

  private static let icon = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#2f6db5" d="M2 3l6-2 6 2v11l-6-2-6 2z"/>\
    <path fill="#fff" d="M7.5 2.6h1v8.6h-1z"/></svg>
    """

  /// A page that knows neither model nor keys.
  package init() {}

  /// A route for each file.
  package var routes: [Route] {
    Self.files.map { file in
      let bytes = Array(file.text.utf8)
      let tag = Self.tag(bytes)
      return Route(.get, file.path, needsKey: false) { request in
        let headers: HeaderFields = [
          "Content-Type": "\(file.type); charset=utf-8", "ETag": tag,
          // Kept, but asked for each time, so that a newer server has no older page.
          "Cache-Control": "no-cache",
          "Content-Security-Policy": Self.policy, "X-Content-Type-Options": "nosniff",
          "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Resource-Policy": "same-origin",
        ]
        let isKnown = Self.names(request.headers["If-None-Match"], tag)
        return ServerResponse(
          status: isKnown ? 304 : 200, headers: headers, body: .bytes(isKnown ? [] : bytes))
      }
    }
  }

  /// What names a file's content (RFC 9110, section 8.8.3).
  private static func tag(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return "\"\(Hexadecimal.text(hash.digest()).prefix(32))\""
  }

  /// Whether an `If-None-Match` field names a content, which it may say to be weak.
  private static func names(_ field: String?, _ tag: String) -> Bool {
    guard let field else { return false }
    return field.split(separator: ",").contains { part in
      let name = part.drop { $0 == " " || $0 == "\t" }
      let bare = name.hasPrefix("W/") ? name.dropFirst(2) : name
      return bare == "*" || bare.prefix(while: { $0 != " " && $0 != "\t" }) == tag
    }
  }
}
