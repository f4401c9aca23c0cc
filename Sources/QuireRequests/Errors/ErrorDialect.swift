/// How the fields of a request and the options of the engine are written where an error is shown.
public protocol ErrorDialect: Sendable {
  /// The name of what an error is about, as in `max_tokens`, `--max-tokens` or `maxTokens`.
  func name(of place: ErrorPlace) -> String
}

/// The names of Swift: what errors of the library say.
public struct SwiftDialect: ErrorDialect {
  /// The dialect, which has nothing to choose.
  public init() {}

  /// The property's name.
  public func name(of place: ErrorPlace) -> String {
    switch place {
    case .parameter(let field): Self.property(field.rawValue)
    case .constraint(let kind, let inside): "structuredOutputs.\(kind)\(inside)"
    case .prompt: "prompt"
    case .promptTokenIDs: "promptTokenIDs"
    case .messages: "messages"
    case .choice(let index): Self.choice(index)
    case .scoredText: "text"
    case .chatSetting(let name): name == "chat_template_kwargs" ? "templateArguments" : Self.property(name)
    case .option(let option): Self.property(option.rawValue)
    case .request: "the request"
    }
  }

  /// A text among those of which one is to be the likeliest, as all dialects write it.
  static func choice(_ index: Int?) -> String { "choices" + (index.map { "[\($0)]" } ?? "") }

  /// Words that Swift's naming guidelines do not write with one capital letter, and one that it does not abbreviate.
  private static let words = ["ids": "IDs", "eos": "EOS", "str": "String"]

  /// The property for a name in vLLM's spelling: `stopTokenIDs` for `stop_token_ids`.
  private static func property(_ name: String) -> String {
    let parts = name.split(separator: "_").map(String.init)
    return parts[0]
      + parts.dropFirst().map { words[$0] ?? $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}

/// The names of JSON fields: what errors of lines and bodies say.
package struct JSONDialect: ErrorDialect {
  /// The field that holds the constraint on the answer, as in `response_format.json_schema.schema`; nil where it stands
  /// under `structured_outputs`.
  package var constraintPath: String?
  /// Parameters that stand under other names, as `max_tokens` under `max_completion_tokens`.
  package var parameterNames: [SamplingField: String]
  /// What names options, which JSON has no fields for.
  package var options: any ErrorDialect
  /// The field that holds the prompt.
  package var promptName = "prompt"

  /// A dialect; each argument is the property of its name.
  package init(
    constraintPath: String? = nil, parameterNames: [SamplingField: String] = [:],
    options: any ErrorDialect = SwiftDialect()
  ) {
    self.constraintPath = constraintPath
    self.parameterNames = parameterNames
    self.options = options
  }

  /// The field's name.
  package func name(of place: ErrorPlace) -> String {
    switch place {
    case .constraint(let kind, let inside):
      (constraintPath ?? "\(SamplingField.structuredOutputs.rawValue).\(kind.rawValue)") + inside
    case .choice(let index): SwiftDialect.choice(index)
    case .option: options.name(of: place)
    default: field(of: place) ?? "the request"
    }
  }

  /// The field of a line or body that a place is in; nil for one that is in none.
  package func field(of place: ErrorPlace) -> String? {
    switch place {
    case .parameter(let field): parameterNames[field] ?? field.rawValue
    case .constraint:
      constraintPath.map { String($0.prefix { $0 != "." && $0 != "[" }) }
        ?? SamplingField.structuredOutputs.rawValue
    case .prompt: promptName
    case .promptTokenIDs: promptName == "prompt" ? "prompt_token_ids" : promptName
    case .messages: "messages"
    case .choice: "choices"
    case .scoredText: "score"
    case .chatSetting(let name): name
    case .option, .request: nil
    }
  }
}
