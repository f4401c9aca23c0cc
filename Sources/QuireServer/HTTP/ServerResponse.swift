package import QuireJSON

/// What takes the parts of an answer as they come.
package protocol ResponseSink {
  /// Sends bytes, and returns once the connection can take more. Throws where the client is gone.
  mutating func write(_ bytes: [UInt8]) async throws
}

/// An answer to a request.
package struct ServerResponse: Sendable {
  /// What stands in an answer.
  package enum Body: Sendable {
    /// All of it.
    case bytes([UInt8])
    /// What the closure writes, after the header has been sent; a length in bytes where it is known. Throwing breaks the
    /// connection off.
    case stream(byteCount: Int?, @Sendable (inout any ResponseSink) async throws -> Void)
  }

  /// The status code.
  package let status: Int
  /// The header fields, without those of the connection.
  package var headers: HeaderFields
  /// What is sent.
  package var body: Body

  /// An answer; each argument is the field of its name.
  package init(status: Int = 200, headers: HeaderFields = HeaderFields(), body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// An answer of one JSON text.
  package static func json(status: Int = 200, _ write: (inout JSONWriter) -> Void) -> ServerResponse {
    var writer = JSONWriter()
    write(&writer)
    return ServerResponse(
      status: status, headers: ["Content-Type": "application/json"], body: .bytes(writer.takeBytes()))
  }

  /// An answer of plain text.
  package static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> ServerResponse {
    ServerResponse(headers: ["Content-Type": type], body: .bytes(Array(text.utf8)))
  }
}
