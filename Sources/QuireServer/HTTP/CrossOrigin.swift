/// Which pages of other origins may use the server from a browser (CORS, the Fetch Standard). Nothing is said to any unless
/// origins are named.
package struct CrossOrigin: Sendable {
  private let origins: Set<String>

  /// - Parameter origins: as in `https://example.org`, or `*` for all.
  package init(origins: [String] = []) { self.origins = Set(origins) }

  /// What answers a browser that asks whether a page may send a request.
  /// - Parameter methods: those of the path that it asks for.
  func preflight(_ request: ServerRequest, methods: [String]) -> ServerResponse {
    var headers = HeaderFields()
    headers["Allow"] = (methods + ["OPTIONS"]).joined(separator: ", ")
    add(to: &headers, request)
    if headers["Access-Control-Allow-Origin"] != nil {
      headers["Access-Control-Allow-Methods"] = methods.joined(separator: ", ")
      headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Request-Id"
      headers["Access-Control-Max-Age"] = "600"
    }
    return ServerResponse(status: 204, headers: headers)
  }

  /// Lets the page that sent a request read the answer, where its origin is one of those named.
  func add(to headers: inout HeaderFields, _ request: ServerRequest) {
    guard !origins.isEmpty, let origin = request.headers["Origin"] else { return }
    headers.add("Vary", "Origin")
    guard origins.contains("*") || origins.contains(origin) else { return }
    headers["Access-Control-Allow-Origin"] = origins.contains("*") ? "*" : origin
    headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
  }
}
