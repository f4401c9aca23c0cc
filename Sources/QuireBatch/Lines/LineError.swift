import QuireJSON
package import QuireRequests

/// Why one input line is answered with an error; it never stops the others.
package struct LineError: Error, Equatable, Sendable {
  /// The kinds of errors, in the spelling that output lines carry.
  package enum Code: String, Sendable, CaseIterable {
    /// The line is no JSON text.
    case invalidJSON = "invalid_json"
    /// Its bytes are not UTF-8.
    case invalidUTF8 = "invalid_utf8"
    /// It is longer than `LineReader.defaultLineByteLimit`.
    case lineTooLong = "line_too_long"
    /// A key, or a token id among keys, stands twice in one object.
    case duplicateKey = "duplicate_key"
    /// An earlier line has the same id.
    case duplicateID = "duplicate_id"
    /// A field that has to be there is not.
    case missingField = "missing_field"
    /// A field that nothing reads, where none is carried along.
    case unknownField = "unknown_field"
    /// Fields that exclude each other.
    case conflictingFields = "conflicting_fields"
    /// A value of another JSON type than the field has.
    case invalidType = "invalid_type"
    /// A value out of its range.
    case invalidValue = "invalid_value"
    /// A conversation out of order, or with what the format has no place for.
    case invalidMessages = "invalid_messages"
    /// An endpoint that is not offered.
    case unknownURL = "unknown_url"
    /// Something known that this version does not carry out.
    case unsupported = "unsupported_value"
    /// A conversation for a model whose chat format is not known.
    case noChatFormat = "no_chat_format"
    /// Prompt, or prompt and answer together, are longer than model or cache allow.
    case contextLengthExceeded = "context_length_exceeded"
    /// The model failed on this line.
    case generationFailed = "generation_failed"
  }

  /// A code of ``Code``, or the engine's own.
  package let code: String
  /// One sentence: the field, the value found, what was expected.
  package let message: String
  /// The field that is wrong, where it is one.
  package let param: String?

  /// An error of this kind; the other arguments are the fields of their names.
  package init(_ code: Code, _ message: String, param: String? = nil) {
    self.init(code: code.rawValue, message: message, param: param)
  }

  /// The error of a request that is not carried out, with the names that its line has for its fields.
  package init(_ error: RequestError, in dialect: JSONDialect) {
    self.init(
      code: error.code.rawValue, message: error.message(in: dialect), param: dialect.field(of: error.place))
  }

  /// An error; each argument is the field of its name.
  package init(code: String, message: String, param: String? = nil) {
    self.code = code
    self.message = message
    // A field that was found may be as long as its line.
    self.param = param.map { Excerpt.bare($0) }
  }
}
