import QuireJSON
package import QuireRequests

/// Why a body, or a line of a job, is answered with an error; the others go on.
package struct InputError: Error, Equatable, Sendable {
  /// The kinds of errors, in the spelling that answers carry; files of lines have some of their own.
  package struct Code: RawRepresentable, Hashable, Sendable {
    /// The code as answers spell it.
    package let rawValue: String
    /// A kind; the argument is the field of its name.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// No JSON text.
    package static let invalidJSON = Code(rawValue: "invalid_json")
    /// A key, or a token id among keys, stands twice in one object.
    package static let duplicateKey = Code(rawValue: "duplicate_key")
    /// A field that has to be there is not.
    package static let missingField = Code(rawValue: "missing_field")
    /// A field that nothing reads, where none is carried along.
    package static let unknownField = Code(rawValue: "unknown_field")
    /// Fields that exclude each other.
    package static let conflictingFields = Code(rawValue: "conflicting_fields")
    /// A value of another JSON type than the field has.
    package static let invalidType = Code(rawValue: "invalid_type")
    /// A value out of its range.
    package static let invalidValue = Code(rawValue: "invalid_value")
    /// A conversation out of order, or with what the format has no place for.
    package static let invalidMessages = Code(rawValue: "invalid_messages")
    /// Something known that this version does not carry out.
    package static let unsupported = Code(rawValue: "unsupported_value")
    /// The model failed, which is no fault of the body.
    package static let generationFailed = Code(rawValue: "generation_failed")
  }

  /// What kind of error it is.
  package let code: Code
  /// One sentence: the field, the value found, what was expected.
  package let message: String
  /// The field that is wrong, where it is one.
  package let param: String?

  /// The HTTP status that a server answers with.
  package var status: Int { code == .generationFailed ? 500 : 400 }

  /// An error; each argument is the field of its name.
  package init(_ code: Code, _ message: String, param: String? = nil) {
    self.code = code
    self.message = message
    // A field that was found may be as long as its line.
    self.param = param.map { Excerpt.bare($0) }
  }

  /// The same error, which is about one of several things alike.
  /// - Parameter name: of that one, as in `prompt[2]`.
  package func within(_ name: String) -> InputError {
    InputError(code, "\(name): \(message)", param: name)
  }

  /// The error of a request that is not carried out, with the names that its line or body has for its fields.
  package init(_ error: RequestError, in dialect: JSONDialect) {
    self.init(
      Code(rawValue: error.code.rawValue), error.message(in: dialect), param: dialect.field(of: error.place))
  }
}
