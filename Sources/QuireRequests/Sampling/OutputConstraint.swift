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
  /// The same, or any JSON object where the schema is nil, with white space of its own: what the regular expression
  /// matches stands between all parts of the JSON.
  case spacedJSON(schema: String?, whitespace: String)
  /// A text of a grammar, in GBNF or, without any `::=`, in Lark's notation.
  case grammar(String)
  /// A text with tags, as a structural tag, itself given as JSON text, describes it.
  case structuralTag(String)

  /// The kinds of constraints; raw values are the fields of `structured_outputs`.
  public enum Kind: String, Sendable, CaseIterable {
    /// One of several texts.
    case choice
    /// A text that a regular expression matches.
    case regex
    /// Any JSON object.
    case jsonObject = "json_object"
    /// A JSON value that a schema admits.
    case jsonSchema = "json"
    /// A text of a grammar.
    case grammar
    /// A text with tags.
    case structuralTag = "structural_tag"
  }

  /// The field of `structured_outputs`, which errors name.
  package var field: String { kind.rawValue }

  /// What kind of constraint it is.
  public var kind: Kind {
    switch self {
    case .choice: .choice
    case .regex: .regex
    case .jsonObject: .jsonObject
    case .jsonSchema: .jsonSchema
    case .spacedJSON(let schema, _): schema == nil ? .jsonObject : .jsonSchema
    case .grammar: .grammar
    case .structuralTag: .structuralTag
    }
  }
}
