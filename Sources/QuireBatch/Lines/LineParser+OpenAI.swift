import QuireEngine
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
        .unknownField, "found \(Excerpt.quoted(unknown.key)), expected \(known.joined(separator: ", ")) only",
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
      return try chatCompletion(fields, &envelope)
    case .completions:
      envelope.form = .openAICompletion(model: model)
      return try completion(fields, &envelope)
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
}
