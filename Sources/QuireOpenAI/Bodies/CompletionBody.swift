package import QuireJSON
import QuireRequests
import QuireTokenizers

/// The body of a completion: `/v1/completions`.
package struct CompletionBody: EndpointBody {
  package static let path = "/v1/completions"
  /// The longest answer of a completion that states none, as on OpenAI's servers.
  package static let lastMaxTokens = 16

  private static let known = BodyFields(
    path: path,
    neutralValues: [
      "suffix": ["\"\""], "continue_final_message": ["false"],
    ])

  package let request: BodyRequest
  let model: [UInt8]?
  private let echo: Echo

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var sampling = SamplingReader()
    var prompt: Prompt?
    var echoesPrompt = false
    for field in fields {
      switch field.key {
      case "prompt": prompt = try Self.prompt(field.value, path: "prompt")
      case "echo": if !field.value.isNull { echoesPrompt = try field.value.boolean("echo") }
      default: try Self.known.read(field, into: &sampling)
      }
    }
    guard let prompt else {
      throw InputError(.missingField, "prompt is missing from the body", param: "prompt")
    }
    var request = defaults.request(prompt, sampling)
    echo = echoesPrompt ? Echo(sampling.settings, &request.sampling) : Echo()
    self.request = request
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    answer.write(object: "text_completion", idPrefix: "cmpl-", model: model, to: &writer) { writer in
      writer.array(answer.output.outputs) { choice(&$0, $1, answer) }
      writer.key("usage")
      answer.writeUsage(hidesAnswer: echo.showsPromptAlone, to: &writer)
      answer.writePromptTokenIDs(to: &writer)
    }
  }

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

  func choice(_ writer: inout JSONWriter, _ completion: CompletionOutput, _ answer: AnswerObject) {
    let text = CompletionText(
      completion, answer.output, echo, skipsSpecialTokens: request.sampling.values.skipSpecialTokens,
      addsSpecialTokens: request.sampling.values.addSpecialTokens ?? true,
      answer.tokenizer)
    writer.object { writer in
      writer.member("index", completion.index)
      writer.member("text", text.text)
      writer.key("logprobs")
      text.writeLogprobs(to: &writer, answer.tokenizer)
      writer.finishReason(echo.showsPromptAlone ? .length : completion.finishReason)
      writer.stopReason(echo.showsPromptAlone ? nil : completion.stopReason)
      answer.writeTokenIDs(echo.showsPromptAlone ? [] : completion.tokenIDs, to: &writer)
      if !echo.showsPromptAlone { answer.writeParts(of: completion, to: &writer) }
      if !echo.hidesPromptLogprobs { answer.writePromptLogprobs(to: &writer) }
    }
  }

  /// A text or token ids, or a list of exactly one of them.
  private static func prompt(_ value: JSONView, path: String) throws(InputError) -> Prompt {
    if value.kind == .string { return .text(value.decodedString) }
    guard value.kind == .array else {
      throw value.typeError(path, expected: "a string or a list of token ids")
    }
    var first: JSONView?
    var elementCount = 0
    value.forEachElement { index, element in
      if index == 0 { first = element }
      elementCount += 1
    }
    switch first?.kind {
    case .string, .array:
      guard elementCount == 1 else {
        throw InputError(
          .unsupported,
          "\(path): found a list of \(elementCount) prompts, expected one; give each a line of its own",
          param: path)
      }
      return first!.kind == .string
        ? .text(first!.decodedString) : .tokenIDs(try first!.tokenIDs("\(path)[0]"))
    default: return .tokenIDs(try value.tokenIDs(path))
    }
  }
}
