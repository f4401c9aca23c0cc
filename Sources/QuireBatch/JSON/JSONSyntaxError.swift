/// Why bytes are not one JSON value (RFC 8259).
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// What was found and what was expected, without the place.
  package let reason: String
  /// Offset in bytes from the start of the line, from 0.
  package let offset: Int

  package init(reason: String, offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  package var description: String { "\(reason) at byte \(offset + 1)" }
}
