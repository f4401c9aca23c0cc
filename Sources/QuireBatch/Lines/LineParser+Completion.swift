import QuireEngine
import QuireRequests
import QuireJSON

extension LineParser {
  /// Reads the body of a completion.
  func completion(
    _ fields: [JSONView.Member], _ envelope: inout LineEnvelope
  ) throws(LineError) -> LineRequest {
    var sampling = LineSampling()
    var prompt: Prompt?
    for field in fields {
      switch field.key {
      case "prompt": prompt = try completionPrompt(field.value, path: "prompt")
      case "echo":
        if !field.value.isNull { envelope.openAI.echoesPrompt = try field.value.boolean("echo") }
      default: try OpenAIBody.read(field, of: .completions, into: &sampling)
      }
    }
    guard let prompt else {
      throw LineError(.missingField, "prompt is missing from the body", param: "prompt")
    }
    var request = request(prompt, sampling)
    if envelope.openAI.echoesPrompt { echo(sampling.settings, &request.sampling, &envelope.openAI) }
    envelope.openAI.note(request.sampling.values)
    return request
  }

  /// As in vLLM, `logprobs` counts for the echoed prompt too, and only an echo may have `max_tokens: 0`.
  ///
  /// The line's own `prompt_logprobs` goes before its `logprobs`, and either before the job's default.
  private func echo(
    _ line: SamplingSettings, _ sampling: inout SamplingSettings, _ shape: inout OpenAIAnswerShape
  ) {
    shape.hidesPromptLogprobs = sampling.values.promptLogprobs == nil
    if !line.states(.promptLogprobs), line.states(.logprobs) || shape.hidesPromptLogprobs {
      sampling.set(\.promptLogprobs, to: sampling.values.logprobs)
    }
    guard line.states(.maxTokens), line.values.maxTokens == 0 else { return }
    // One token is drawn and not shown.
    sampling.set(\.maxTokens, to: 1)
    shape.showsPromptAlone = true
  }

  /// A text or token ids, or a list of exactly one of them.
  private func completionPrompt(_ value: JSONView, path: String) throws(LineError) -> Prompt {
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
        throw LineError(
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
