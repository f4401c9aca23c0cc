/// Why one request cannot be carried out; the others go on.
package struct RequestRefusal: Error, Sendable, Equatable {
  /// The kinds of refusal, in the spelling of error lines.
  package enum Code: String, Sendable {
    /// The prompt, or prompt and answer together, are longer than the model or the cache.
    case contextLengthExceeded = "context_length_exceeded"
    /// A value of the request is out of range.
    case invalidValue = "invalid_value"
    /// Something that this version does not carry out.
    case unsupportedValue = "unsupported_value"
  }

  /// The kind.
  package let code: Code
  /// The value, what it should be, and what to do.
  package let message: String

  /// A refusal; each argument is the field of its name.
  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }
}
