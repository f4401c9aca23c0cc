import QuireEngine
import QuireRequests
import QuireChat
import QuireJSON

extension LineParser {
  /// Reads the body of a chat completion.
  func chatCompletion(
    _ fields: [JSONView.Member], _ envelope: inout LineEnvelope
  ) throws(LineError) -> LineRequest {
    var sampling = LineSampling()
    var messages: [ChatMessage]?
    var lengthFields: [String] = []
    var logprobs = ChatLogprobs()
    for field in fields {
      if !field.value.isNull, field.key == "max_tokens" || field.key == "max_completion_tokens" {
        lengthFields.append(field.key)
      }
      switch field.key {
      case "messages":
        messages = withDefaultSystem(try MessageReader.messages(field.value, path: "messages"))
      case "max_completion_tokens":
        try sampling.read(.maxTokens, field.value, path: field.key)
      case "logprobs", "top_logprobs": try logprobs.read(field)
      default:
        try OpenAIBody.read(field, of: .chatCompletions, into: &sampling)
      }
    }
    guard lengthFields.count < 2 else {
      throw LineError(
        .conflictingFields, "found max_tokens and max_completion_tokens, expected one of them",
        param: lengthFields[1])
    }
    guard let messages else {
      throw LineError(.missingField, "messages is missing from the body", param: "messages")
    }
    try logprobs.apply(to: &sampling)
    let request = request(.conversation(messages), sampling)
    envelope.openAI.note(request.sampling.values)
    return request
  }
}

/// `logprobs` and `top_logprobs` of a chat: whether to report, and how many.
private struct ChatLogprobs {
  private var isWanted: Bool?
  private var topCount: Int?

  mutating func read(_ field: JSONView.Member) throws(LineError) {
    if field.value.isNull { return }
    if field.key == "logprobs" {
      isWanted = try field.value.boolean(field.key)
      return
    }
    let count = try field.value.integer(field.key)
    guard (-1...20).contains(count) else {
      throw LineError(
        .invalidValue, "top_logprobs is \(count), but must be in 0...20, or -1 for the whole vocabulary",
        param: field.key)
    }
    topCount = Int(count)
  }

  func apply(to sampling: inout LineSampling) throws(LineError) {
    if let topCount, topCount != 0, isWanted != true {
      throw LineError(
        .conflictingFields, "found top_logprobs \(topCount), expected \"logprobs\": true beside it",
        param: "top_logprobs")
    }
    guard let isWanted else { return }
    sampling.settings.set(\.logprobs, to: isWanted ? topCount ?? 0 : nil)
  }
}
