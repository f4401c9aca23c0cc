package import QuireJSON
import QuireRequests

/// The body of scores, an endpoint of Quire's own: how likely texts are behind a prompt, or a text as a whole.
///
/// Its fields are those of a native line: `prompt` or `messages` with `choices`, or `score`.
package struct LoglikelihoodBody: EndpointBody {
  package static let path = "/v1/loglikelihood"
  /// Nothing is written.
  package static let lastMaxTokens = 1

  private static let known = BodyFields(path: path, neutralValues: [:])

  package let request: BodyRequest
  private let model: [UInt8]?
  private let scored: ScoredTexts
  private let tokens: TokenReport

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var sampling = SamplingReader()
    var settings = ChatSettingsReader()
    var tokens = TokenReport()
    var prompts: [(name: String, value: JSONView)] = []
    for field in fields where !field.value.isNull {
      switch field.key {
      case "prompt", "messages": prompts.append((field.key, field.value))
      case ScoredFields.score: prompts.append((field.key, field.value))
      case ScoredFields.choices:
        guard field.value.kind == .array else {
          throw field.value.typeError(field.key, expected: "a list of texts")
        }
      case "return_token_ids": try tokens.read(field)
      case _ where ChatSettingsReader.fields.contains(field.key): try settings.read(field)
      default: try Self.known.read(field, into: &sampling)
      }
    }
    guard let prompt = prompts.first, prompts.count == 1 else {
      throw prompts.isEmpty
        ? InputError(
          .missingField, "body: found neither prompt nor messages nor score, expected one of them",
          param: "prompt")
        : InputError(
          .conflictingFields, "found \(prompts[0].name) and \(prompts[1].name), expected one of them",
          param: prompts[1].name)
    }
    let names = prompt.name == ScoredFields.score ? [] : [prompt.name]
    guard
      let scored = try ScoredFields(fields, besides: names, areRows: false).texts(stating: sampling.settings)
    else {
      throw InputError(
        .missingField, "choices is missing from the body: the texts that may follow",
        param: ScoredFields.choices)
    }
    var request = defaults.request(try Self.prompt(prompt, settings, defaults), sampling)
    request.scored = scored
    (self.request, self.scored, self.tokens) = (request, scored, tokens)
  }

  private static func prompt(
    _ field: (name: String, value: JSONView), _ settings: ChatSettingsReader, _ defaults: BodyDefaults
  ) throws(InputError) -> Prompt {
    switch field.name {
    case "messages":
      return .conversation(
        try MessageReader.messages(field.value, path: field.name, system: defaults.system),
        try settings.settings(over: defaults.templateArguments))
    case "prompt" where field.value.kind == .array: return .tokenIDs(try field.value.tokenIDs(field.name))
    default: return .text(try field.value.string(field.name))
    }
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    let answer = answer.showing(tokens)
    writer.object { writer in
      writer.member("id", "ll-" + answer.name)
      writer.member("object", "loglikelihood")
      writer.member("created", 0)
      writer.key("model")
      if let model { writer.raw(model) } else { writer.string(answer.modelName) }
      writer.scores(of: answer.outputs, scored, showsTokenIDs: answer.showsTokenIDs)
      if case .choices = scored { answer.writePromptTokenIDs(of: answer.output, to: &writer) }
      let tokenCount = answer.outputs.reduce(0) { $0 + $1.givenTokenCount }
      writer.key("usage")
      writer.object { writer in
        writer.member("prompt_tokens", tokenCount)
        writer.member("completion_tokens", 0)
        writer.member("total_tokens", tokenCount)
      }
    }
  }
}
