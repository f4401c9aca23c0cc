package import Quire

/// Why one input line is answered with an error; it never stops the others.
package struct LineError: Error, Equatable, Sendable {
  /// The kinds of errors, in the spelling that output lines carry.
  package enum Code: String, Sendable, CaseIterable {
    case invalidJSON = "invalid_json"
    case invalidUTF8 = "invalid_utf8"
    case lineTooLong = "line_too_long"
    case duplicateKey = "duplicate_key"
    case duplicateID = "duplicate_id"
    case missingField = "missing_field"
    case unknownField = "unknown_field"
    case conflictingFields = "conflicting_fields"
    case invalidType = "invalid_type"
    case invalidValue = "invalid_value"
    case invalidMessages = "invalid_messages"
    case unknownURL = "unknown_url"
    case unsupported = "unsupported_value"
    case noChatFormat = "no_chat_format"
    case contextLengthExceeded = "context_length_exceeded"
    case generationFailed = "generation_failed"
  }

  /// A code of ``Code``, or the engine's own.
  package let code: String
  /// One sentence: the field, the value found, what was expected.
  package let message: String
  /// The field that is wrong, where it is one.
  package let param: String?

  package init(_ code: Code, _ message: String, param: String? = nil) {
    self.init(code: code.rawValue, message: message, param: param)
  }

  /// The error of a request that the engine does not carry out.
  package init(_ refusal: RequestRefusal) {
    self.init(code: refusal.code.rawValue, message: refusal.message, param: refusal.param)
  }

  package init(code: String, message: String, param: String? = nil) {
    self.code = code
    self.message = message
    self.param = param
  }
}

/// A value of the input in an error message: in double quotes, shortened to 60 characters.
func quoted(_ text: String) -> String {
  text.count > 60 ? "\"\(text.prefix(57))…\"" : "\"\(text)\""
}
