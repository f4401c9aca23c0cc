/// One line of the server's log, as whoever writes it needs it.
package struct LogLine: Sendable {
  /// How much a line matters.
  package enum Level: String, Sendable {
    case debug, info, warning, error
  }

  /// How much it matters.
  package let level: Level
  /// What is told.
  package let message: String
  /// Further values by name, in their order.
  package let fields: [(name: String, value: String)]

  /// A line; each argument is the field of its name.
  package init(_ level: Level, _ message: String, fields: [(name: String, value: String)] = []) {
    self.level = level
    self.message = message
    self.fields = fields
  }
}

extension AnsweredRequest {
  /// The line of the access log.
  package var logLine: LogLine {
    var fields: [(name: String, value: String)] = [
      ("client", request.connection.address), ("method", request.method), ("path", request.path),
      ("status", "\(status)"), ("bytes", "\(byteCount)"),
      ("ms", "\(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000)"),
      ("request_id", request.id),
    ]
    if let failure { fields.append(("failure", failure)) }
    return LogLine(status < 500 && failure == nil ? .info : .warning, "answered", fields: fields)
  }
}
