package import QuireJSON
package import QuireRequests
import QuireTokenizers

/// The body of a completion: `/v1/completions`.
///
/// Of several prompts, as OpenAI and vLLM take them, each has its `n` choices: those of prompt `i` stand from index `i * n`
/// on.
package struct CompletionBody: EndpointBody {
  package static let path = "/v1/completions"
  /// The longest answer of a completion that states none, as on OpenAI's servers.
  package static let lastMaxTokens = 16
  /// Prompts of one body, at most: each is a request of its own, and all of them are under way together.
  package static let greatestPromptCount = 1024

  private static let known = BodyFields(
    path: path,
    neutralValues: [
      "suffix": ["\"\""], "continue_final_message": ["false"],
    ])

  package let request: BodyRequest
  package let furtherPrompts: [Prompt]
  let model: [UInt8]?
  private let echo: Echo
  /// How tokens are shown.
  let tokens: TokenReport

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var sampling = SamplingReader()
    var prompts: [Prompt] = []
    var echoesPrompt = false
    var tokens = TokenReport()
    for field in fields {
      switch field.key {
      case "prompt": prompts = try Self.prompts(field.value, path: "prompt")
      case "echo": if !field.value.isNull { echoesPrompt = try field.value.boolean("echo") }
      case _ where TokenReport.fields.contains(field.key): try tokens.read(field)
      default: try Self.known.read(field, into: &sampling)
      }
    }
    guard let prompt = prompts.first else {
      throw InputError(.missingField, "prompt is missing from the body", param: "prompt")
    }
    var request = defaults.request(prompt, sampling)
    echo = echoesPrompt ? Echo(sampling.settings, &request.sampling) : Echo()
    self.request = request
    self.tokens = tokens
    furtherPrompts = Array(prompts.dropFirst())
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    let answer = answer.showing(tokens)
    answer.write(object: "text_completion", idPrefix: "cmpl-", model: model, to: &writer) { writer in
      writer.beginArray()
      for (number, output) in answer.outputs.enumerated() {
        for completion in output.outputs {
          choice(&writer, completion, of: output, index: number * choiceCount + completion.index, answer)
        }
      }
      writer.endArray()
      writer.key("usage")
      answer.writeUsage(hidesAnswer: echo.showsPromptAlone, to: &writer)
      if furtherPrompts.isEmpty { answer.writePromptTokenIDs(of: answer.output, to: &writer) }
    }
  }

  /// Choices of each prompt.
  var choiceCount: Int { request.sampling.values.n }

  package func stream(_ frame: StreamFrame) -> any AnswerStream { CompletionStream(frame, self) }

  /// Whether an answer's tokens are not shown, the prompt's alone being wanted.
  var hidesAnswer: Bool { echo.showsPromptAlone }

  /// Whether a stream tells each answer in one part: where it begins with what is known at the end.
  var tellsAnswersAtOnce: Bool { echo.showsPromptAlone || request.sampling.values.promptLogprobs != nil }

  /// What an answer begins with: under `echo` the prompt's text.
  func echoedText(_ promptTokenIDs: [Int32], _ tokenizer: Tokenizer) -> String {
    CompletionText.prompt(
      promptTokenIDs, echo, addsSpecialTokens: request.sampling.values.addSpecialTokens ?? true, tokenizer
    )?.text ?? ""
  }

  /// Writes a choice.
  ///
  /// - Parameters:
  ///   - output: the prompt's, of whose answers it is one.
  ///   - index: among the choices of all prompts.
  func choice(
    _ writer: inout JSONWriter, _ completion: CompletionOutput, of output: RequestOutput, index: Int,
    _ answer: AnswerObject
  ) {
    let text = CompletionText(
      completion, output, echo, skipsSpecialTokens: request.sampling.values.skipSpecialTokens,
      addsSpecialTokens: request.sampling.values.addSpecialTokens ?? true,
      answer.tokenizer)
    writer.object { writer in
      writer.member("index", index)
      writer.member("text", text.text)
      writer.key("logprobs")
      text.writeLogprobs(to: &writer, answer.tokenizer, namesByID: tokens.namesTokensByID)
      writer.finishReason(echo.showsPromptAlone ? .length : completion.finishReason)
      writer.stopReason(echo.showsPromptAlone ? nil : completion.stopReason)
      answer.writeTokenIDs(echo.showsPromptAlone ? [] : completion.tokenIDs, to: &writer)
      if !echo.showsPromptAlone { answer.writeParts(of: completion, to: &writer) }
      if !echo.hidesPromptLogprobs { answer.writePromptLogprobs(of: output, to: &writer) }
      if !furtherPrompts.isEmpty { answer.writePromptTokenIDs(of: output, to: &writer) }
    }
  }

  /// The prompts of a text, of token ids, or of a list of either.
  private static func prompts(_ value: JSONView, path: String) throws(InputError) -> [Prompt] {
    if value.kind == .string { return [.text(value.decodedString)] }
    guard value.kind == .array else {
      throw value.typeError(path, expected: "a string, a list of token ids, or a list of either")
    }
    var kind: JSONView.Kind?
    var prompts: [Prompt] = []
    try value.forEachElement { index, element throws(InputError) in
      if index == 0 { kind = element.kind }
      guard kind == .string || kind == .array else { return }
      guard index < greatestPromptCount else {
        throw InputError(
          .invalidValue,
          "\(path): found more than \(greatestPromptCount) prompts, expected no more; send the others in another body",
          param: path)
      }
      let name = "\(path)[\(index)]"
      prompts.append(
        kind == .string ? .text(try element.string(name)) : .tokenIDs(try element.tokenIDs(name)))
    }
    return prompts.isEmpty ? [.tokenIDs(try value.tokenIDs(path))] : prompts
  }
}
