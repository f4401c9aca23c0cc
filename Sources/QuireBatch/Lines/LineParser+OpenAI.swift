import Quire
import QuireJSON
import QuireChat

/// The endpoints that a batch line may name.
enum OpenAIEndpoint: String, CaseIterable {
  case chatCompletions = "/v1/chat/completions"
  case completions = "/v1/completions"
}

extension LineParser {
  /// Reads a line of an OpenAI batch: `{"custom_id", "method", "url", "body"}`.
  func openAIRequest(
    _ members: [JSONView.Member], _ envelope: inout LineEnvelope
  ) throws(LineError) -> LineRequest {
    envelope.form = .openAIUnknown
    if let id = members.first(where: { $0.key == "custom_id" }) {
      envelope.id = try LineID(id.value, path: "custom_id")
    }
    let known = ["custom_id", "method", "url", "body"]
    if let unknown = members.first(where: { !known.contains($0.key) }) {
      throw LineError(
        .unknownField, "found \(quoted(unknown.key)), expected \(known.joined(separator: ", ")) only",
        param: unknown.key)
    }
    let endpoint = try endpoint(required("url", members))
    envelope.form = endpoint == .completions ? .openAICompletion(model: nil) : .openAIChat(model: nil)
    let method = try required("method", members)
    guard try method.string("method") == "POST" else {
      throw method.typeError("method", expected: "\"POST\"")
    }
    let body = try required("body", members)
    guard body.kind == .object else { throw body.typeError("body", expected: "an object") }
    let fields = try body.members()
    let model = try self.model(fields)
    switch endpoint {
    case .chatCompletions:
      envelope.form = .openAIChat(model: model)
      return try chatCompletion(fields)
    case .completions:
      envelope.form = .openAICompletion(model: model)
      return try completion(fields)
    }
  }

  private func required(_ name: String, _ members: [JSONView.Member]) throws(LineError) -> JSONView {
    guard let member = members.first(where: { $0.key == name }), !member.value.isNull else {
      throw LineError(.missingField, "\(name) is missing from the batch line", param: name)
    }
    return member.value
  }

  private func endpoint(_ url: JSONView) throws(LineError) -> OpenAIEndpoint {
    guard let endpoint = OpenAIEndpoint(rawValue: try url.string("url")) else {
      let expected = OpenAIEndpoint.allCases.map(\.rawValue).joined(separator: " or ")
      throw LineError(.unknownURL, "url: found \(url.excerpt), expected \(expected)", param: "url")
    }
    return endpoint
  }

  private func model(_ fields: [JSONView.Member]) throws(LineError) -> [UInt8]? {
    guard let model = fields.first(where: { $0.key == "model" })?.value, !model.isNull else { return nil }
    guard model.kind == .string else { throw model.typeError("model", expected: "a string") }
    return Array(model.raw)
  }

  private func chatCompletion(_ fields: [JSONView.Member]) throws(LineError) -> LineRequest {
    var sampling = LineSampling(defaults: defaults)
    var messages: [ChatMessage]?
    var lengthFields: [String] = []
    for field in fields {
      if !field.value.isNull, field.key == "max_tokens" || field.key == "max_completion_tokens" {
        lengthFields.append(field.key)
      }
      switch field.key {
      case "messages":
        messages = withDefaultSystem(try MessageReader.messages(field.value, path: "messages"))
      case "max_completion_tokens":
        try sampling.read(.maxTokens, field.value, path: field.key)
      case "logprobs" where field.value.kind == .boolean:
        // A boolean here; a count of alternatives in completions.
        if try field.value.boolean("logprobs") { throw OpenAIBody.unsupported(field, expected: "false") }
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
    return LineRequest(prompt: .chat(messages), sampling: sampling)
  }

  private func completion(_ fields: [JSONView.Member]) throws(LineError) -> LineRequest {
    var sampling = LineSampling(defaults: defaults)
    var prompt: LLM.Request.Input?
    for field in fields {
      if field.key == "prompt" {
        prompt = try completionPrompt(field.value, path: "prompt")
      } else {
        try OpenAIBody.read(field, of: .completions, into: &sampling)
      }
    }
    guard let prompt else {
      throw LineError(.missingField, "prompt is missing from the body", param: "prompt")
    }
    return LineRequest(prompt: prompt, sampling: sampling)
  }

  /// A text or token ids, or a list of exactly one of them.
  private func completionPrompt(_ value: JSONView, path: String) throws(LineError) -> LLM.Request.Input {
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
