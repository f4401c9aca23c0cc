import QuireJSON

extension JSONValue {
  /// What a constraint that is JSON says; its objects name no member twice.
  ///
  /// - Throws: where `text` is no JSON, larger than a limit, or nested deeper than the JSON reader goes.
  init(constraint text: String, field: String) throws(ConstraintError) {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(field, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    do {
      self = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused)
    } catch {
      throw ConstraintError(
        .malformed, field, found: error.found + " at byte \(error.offset + 1)",
        expected: error.expected ?? "JSON")
    }
  }
}
