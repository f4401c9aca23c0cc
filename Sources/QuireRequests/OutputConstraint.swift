/// What a whole answer must be: vLLM's `structured_outputs`. `docs/structured-output.md` says what is covered.
public enum OutputConstraint: Sendable, Hashable {
  /// One of these texts, byte by byte; none empty.
  case choice([String])
  /// A text that the regular expression matches from end to end.
  case regex(String)
  /// Any JSON object.
  case jsonObject
  /// A JSON value that the schema, itself given as JSON text, admits.
  case jsonSchema(String)

  /// The field of `structured_outputs`, which errors name.
  package var field: String {
    switch self {
    case .choice: "choice"
    case .regex: "regex"
    case .jsonObject: "json_object"
    case .jsonSchema: "json"
    }
  }
}
