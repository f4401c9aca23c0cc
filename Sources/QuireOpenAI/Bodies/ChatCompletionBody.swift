package import QuireJSON
import QuireRequests

/// The body of a chat completion: `/v1/chat/completions`.
package struct ChatCompletionBody: EndpointBody {
  package static let path = "/v1/chat/completions"
  package static let lastMaxTokens = 1024

  private static let known = BodyFields(
    path: path,
    neutralValues: [
      "echo": ["false"], "audio": [], "web_search_options": [], "chat_template": [], "functions": ["[]"],
      "function_call": ["\"none\"", "\"auto\""], "modalities": ["[\"text\"]"],
    ])

  package let request: BodyRequest
  private let model: [UInt8]?
  /// vLLM's `include_reasoning`: whether the answer shows what was thought before it.
  private let showsReasoning: Bool
  private let tokens: TokenReport
  private let tools: ToolUse

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var sampling = SamplingReader()
    var messages: [ChatMessage]?
    var logprobs = ChatLogprobs()
    var settings = ChatSettingsReader()
    var tokens = TokenReport()
    var tools = ToolUse()
    var showsReasoning = true
    for field in fields {
      switch field.key {
      case "messages":
        messages = try MessageReader.messages(field.value, path: "messages", system: defaults.system)
      case "max_tokens" where Self.statesLength(fields):
        // As in vLLM, the newer name of the same goes before it.
        var unused = SamplingReader()
        try unused.read(.maxTokens, field.value, path: field.key)
      case "max_completion_tokens": try sampling.read(.maxTokens, field.value, path: field.key)
      case "logprobs", "top_logprobs": try logprobs.read(field)
      case "include_reasoning": if !field.value.isNull { showsReasoning = try field.value.boolean(field.key) }
      case _ where TokenReport.fields.contains(field.key): try tokens.read(field)
      case "tools":
        try settings.read(field)
        try tools.read(field)
      case _ where ToolUse.fields.contains(field.key): try tools.read(field)
      case _ where ChatSettingsReader.fields.contains(field.key): try settings.read(field)
      default: try Self.known.read(field, into: &sampling)
      }
    }
    guard let messages else {
      throw InputError(.missingField, "messages is missing from the body", param: "messages")
    }
    try logprobs.apply(to: &sampling)
    try tools.apply(to: &sampling, defaults.toolCallStyle)
    (self.showsReasoning, self.tokens, self.tools) = (showsReasoning, tokens, tools)
    var request = defaults.request(
      .conversation(messages, try settings.settings(over: defaults.templateArguments)), sampling)
    request.parameterNames[.logprobs] = "top_logprobs"
    if Self.statesLength(fields) { request.parameterNames[.maxTokens] = "max_completion_tokens" }
    self.request = request
  }

  private static func statesLength(_ fields: [JSONView.Member]) -> Bool {
    fields.contains { $0.key == "max_completion_tokens" && !$0.value.isNull }
  }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    let answer = answer.showing(tokens)
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
      frame, model: model, topCount: topCount, showsReasoning: showsReasoning, tokens: tokens, tools: tools)
  }

  /// Of the tokens that are reported at a position, how many are shown: all that were named.
  private var topCount: Int {
    let sampling = request.sampling.values
    return sampling.logprobTokenIDs.isEmpty ? sampling.logprobs ?? 0 : -1
  }

  private func choice(_ writer: inout JSONWriter, _ completion: CompletionOutput, _ answer: AnswerObject) {
    let called = CalledAnswer(completion.text, tools)
    writer.object { writer in
      writer.member("index", completion.index)
      writer.key("message")
      writer.object { writer in
        writer.member("role", "assistant")
        let saysNothing = called.content.isEmpty && (completion.reasoning != nil || !called.calls.isEmpty)
        writer.member("content", saysNothing ? nil : called.content)
        if showsReasoning, let reasoning = completion.reasoning {
          writer.member("reasoning_content", reasoning)
        }
        writer.key("refusal")
        writer.null()
        writer.toolCalls(called.calls, choice: completion.index, tools.ids(of: answer.name))
      }
      writer.key("logprobs")
      writer.chatLogprobs(tokens.shown(completion.logprobs), topCount: topCount, answer.tokenizer)
      writer.finishReason(completion.finishReason, callCount: called.calls.count)
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
