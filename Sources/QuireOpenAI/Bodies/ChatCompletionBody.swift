package import QuireJSON
import QuireRequests

/// The body of a chat completion: `/v1/chat/completions`.
package struct ChatCompletionBody: EndpointBody {
  package static let path = "/v1/chat/completions"
  package static let lastMaxTokens = 1024

  private static let known = BodyFields(
    path: path,
    neutralValues: [
      "echo": ["false"], "audio": [],
      "web_search_options": [], "chat_template": [], "functions": ["[]"],
      "tool_choice": ["\"none\"", "\"auto\""], "function_call": ["\"none\"", "\"auto\""],
      "modalities": ["[\"text\"]"],
    ])

  package let request: BodyRequest
  private let model: [UInt8]?
  /// vLLM's `include_reasoning`: whether the answer shows what was thought before it.
  private let showsReasoning: Bool

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var sampling = SamplingReader()
    var messages: [ChatMessage]?
    var lengthFields: [String] = []
    var logprobs = ChatLogprobs()
    var settings = ChatSettingsReader()
    var showsReasoning = true
    for field in fields {
      if !field.value.isNull, field.key == "max_tokens" || field.key == "max_completion_tokens" {
        lengthFields.append(field.key)
      }
      switch field.key {
      case "messages":
        messages = try MessageReader.messages(field.value, path: "messages", system: defaults.system)
      case "max_completion_tokens":
        try sampling.read(.maxTokens, field.value, path: field.key)
      case "logprobs", "top_logprobs": try logprobs.read(field)
      case "include_reasoning": if !field.value.isNull { showsReasoning = try field.value.boolean(field.key) }
      case _ where ChatSettingsReader.fields.contains(field.key): try settings.read(field)
      default:
        try Self.known.read(field, into: &sampling)
      }
    }
    guard lengthFields.count < 2 else {
      throw InputError(
        .conflictingFields, "found max_tokens and max_completion_tokens, expected one of them",
        param: lengthFields[1])
    }
    guard let messages else {
      throw InputError(.missingField, "messages is missing from the body", param: "messages")
    }
    try logprobs.apply(to: &sampling)
    self.showsReasoning = showsReasoning
    request = defaults.request(
      .conversation(messages, try settings.settings(over: defaults.templateArguments)), sampling)
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    answer.write(object: "chat.completion", idPrefix: "chatcmpl-", model: model, to: &writer) { writer in
      writer.array(answer.output.outputs) { choice(&$0, $1, answer) }
      writer.key("usage")
      answer.writeUsage(to: &writer)
      answer.writePromptTokenIDs(of: answer.output, to: &writer)
      answer.writePromptLogprobs(of: answer.output, to: &writer)
    }
  }

  package func stream(_ frame: StreamFrame) throws(InputError) -> any AnswerStream {
    if request.sampling.values.promptLogprobs != nil {
      throw InputError(
        .conflictingFields, "found prompt_logprobs and \"stream\": true, of which a chat takes one at a time",
        param: "prompt_logprobs")
    }
    return ChatStream(
      frame, model: model, topCount: request.sampling.values.logprobs ?? 0, showsReasoning: showsReasoning)
  }

  private func choice(_ writer: inout JSONWriter, _ completion: CompletionOutput, _ answer: AnswerObject) {
    writer.object { writer in
      writer.member("index", completion.index)
      writer.key("message")
      writer.object { writer in
        writer.member("role", "assistant")
        let saysNothing = completion.reasoning != nil && completion.text.isEmpty
        writer.member("content", saysNothing ? nil : completion.text)
        if showsReasoning, let reasoning = completion.reasoning {
          writer.member("reasoning_content", reasoning)
        }
        writer.key("refusal")
        writer.null()
      }
      writer.key("logprobs")
      writer.chatLogprobs(
        completion.logprobs, topCount: request.sampling.values.logprobs ?? 0, answer.tokenizer)
      writer.finishReason(completion.finishReason)
      writer.stopReason(completion.stopReason)
      answer.writeTokenIDs(completion.tokenIDs, to: &writer)
      answer.writeParts(of: completion, to: &writer)
    }
  }
}

/// `logprobs` and `top_logprobs` of a chat: whether to report, and how many.
private struct ChatLogprobs {
  private var isWanted: Bool?
  private var topCount: Int?

  mutating func read(_ field: JSONView.Member) throws(InputError) {
    if field.value.isNull { return }
    if field.key == "logprobs" {
      isWanted = try field.value.boolean(field.key)
      return
    }
    let count = try field.value.integer(field.key)
    if let range = SamplingField.logprobs.row.range, !range.contains(Double(count)) {
      throw InputError(
        .invalidValue, "top_logprobs is \(count), but must be \(range.requirement)", param: field.key)
    }
    topCount = Int(count)
  }

  func apply(to sampling: inout SamplingReader) throws(InputError) {
    if let topCount, topCount != 0, isWanted != true {
      throw InputError(
        .conflictingFields, "found top_logprobs \(topCount), expected \"logprobs\": true beside it",
        param: "top_logprobs")
    }
    guard let isWanted else { return }
    sampling.settings.set(\.logprobs, to: isWanted ? topCount ?? 0 : nil)
  }
}
