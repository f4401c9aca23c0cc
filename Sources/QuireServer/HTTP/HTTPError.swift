package import QuireJSON
package import QuireOpenAI

/// Why a request is not carried out: a status, and the object that OpenAI's servers answer with.
package struct HTTPError: Error, Equatable, Sendable {
  /// The statuses that are used.
  package enum Status: Int, Sendable {
    case badRequest = 400
    case unauthorized = 401
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case conflict = 409
    case contentTooLarge = 413
    case unsupportedMediaType = 415
    case tooManyRequests = 429
    case internalServerError = 500
    case serviceUnavailable = 503
    case gatewayTimeout = 504
    case insufficientStorage = 507
  }

  /// The status of the answer.
  package let status: Status
  /// The kind of the error, in a word.
  package let code: String
  /// One sentence: what was found, what was expected, what to do.
  package let message: String
  /// The field that is wrong, where it is one.
  package let param: String?
  /// Further header fields of the answer.
  package var headers = HeaderFields()

  /// An error; each argument is the field of its name.
  package init(_ status: Status, code: String, _ message: String, param: String? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.param = param
  }

  /// What is wrong with a body.
  package init(_ error: InputError) {
    self.init(
      Status(rawValue: error.status) ?? .internalServerError, code: error.code.rawValue, error.message,
      param: error.param)
  }

  /// A body of more than `byteLimit` bytes.
  package static func bodyTooLarge(_ byteLimit: Int) -> HTTPError {
    HTTPError(
      .contentTooLarge, code: "body_too_large",
      "the body has more than \(byteLimit) bytes; send less, or raise the server's limit")
  }

  /// OpenAI's `type` of such errors.
  private var type: String {
    switch status {
    case .unauthorized: "authentication_error"
    case .tooManyRequests: "rate_limit_error"
    case .internalServerError, .serviceUnavailable, .gatewayTimeout, .insufficientStorage: "server_error"
    default: "invalid_request_error"
    }
  }

  /// Writes the object, `{"error": {…}}`.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("error")
      writer.object { writer in
        writer.member("message", message)
        writer.member("type", type)
        writer.member("param", param)
        writer.member("code", code)
      }
    }
  }

  /// The answer that says it.
  package var response: ServerResponse {
    var response = ServerResponse.json(status: status.rawValue) { write(to: &$0) }
    for field in headers.fields { response.headers.add(field.name, field.value) }
    return response
  }
}
