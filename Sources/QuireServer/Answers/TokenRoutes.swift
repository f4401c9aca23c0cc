import QuireBatch
import QuireEngine
import QuireJSON
import QuireOpenAI
import QuireRequests
import QuireTokenizers

/// `/tokenize` and `/detokenize`, as vLLM has them.
package struct TokenRoutes: RouteGroup {
  private let engine: LiveEngine

  /// Routes over the tokenizer of a model.
  package init(_ engine: LiveEngine) { self.engine = engine }

  /// The two routes.
  package var routes: [Route] {
    [
      Route(.post, "/tokenize") { [self] in try await answer($0, tokenize) },
      Route(.post, "/detokenize") { [self] in try await answer($0, detokenize) },
    ]
  }

  private func answer(
    _ request: ServerRequest, _ write: @escaping @Sendable ([JSONView.Member]) throws -> ServerResponse
  ) async throws -> ServerResponse {
    let (bytes, share) = try await engine.body(of: request)
    return try await EngineDriver.onThread {
      defer { withExtendedLifetime(share) {} }
      return try write(try JSONView.object(bytes, named: "the body").members())
    }
  }

  /// The ids of a text, or of a conversation in the model's chat format.
  private func tokenize(_ fields: [JSONView.Member]) throws -> ServerResponse {
    let isChat = fields.contains { $0.key == "messages" }
    var reader = TokenizeFields()
    try reader.read(fields, isChat: isChat)
    try engine.checkModel(reader.model)
    let tokenizer = engine.context.tokenizer
    let ids: [Int32]
    if isChat {
      ids = try engine.promptTokenIDs(ofChat: reader.rest)
    } else {
      guard let text = reader.prompt else {
        throw InputError(
          .missingField, "found neither prompt nor messages, expected one of them", param: "prompt")
      }
      ids = tokenizer.encode(
        text, recognizeSpecialTokens: engine.options.job.recognizesSpecialTokens,
        addSpecialTokens: reader.addsSpecialTokens)
    }
    return .json { writer in
      writer.object { writer in
        writer.member("count", ids.count)
        writer.member("max_model_len", engine.context.maxModelLen)
        writer.key("tokens")
        writer.integers(ids)
        writer.key("token_strs")
        if reader.showsTexts {
          writer.array(ids) { $0.string(tokenizer.tokenText($1)) }
        } else {
          writer.null()
        }
      }
    }
  }

  private func detokenize(_ fields: [JSONView.Member]) throws -> ServerResponse {
    var ids: [Int32]?
    for field in fields where !field.value.isNull {
      switch field.key {
      case "model": try engine.checkModel(try field.value.string("model"))
      case "tokens": ids = try field.value.tokenIDs("tokens")
      default: throw Self.unknown(field.key, "/detokenize")
      }
    }
    guard let ids else { throw InputError(.missingField, "tokens is missing from the body", param: "tokens") }
    let count = engine.context.tokenizer.vocabularySize
    if let wrong = ids.first(where: { $0 >= count }) {
      throw InputError(
        .invalidValue, "tokens: found \(wrong), expected ids below \(count)", param: "tokens")
    }
    return .json { writer in
      writer.object { writer in
        writer.member("prompt", engine.context.tokenizer.decode(ids, skipSpecialTokens: false))
      }
    }
  }

  fileprivate static func unknown(_ key: String, _ path: String) -> InputError {
    InputError(
      .unknownField, "body: found \(Excerpt.quoted(key)), which \(path) does not take", param: key)
  }
}

/// What `/tokenize` reads itself; of a conversation the rest is a chat's.
private struct TokenizeFields {
  var model: String?
  var prompt: String?
  var addsSpecialTokens = true
  var showsTexts = false
  var rest: [JSONView.Member] = []

  mutating func read(_ fields: [JSONView.Member], isChat: Bool) throws(InputError) {
    for field in fields {
      switch field.key {
      case "return_token_strs": if !field.value.isNull { showsTexts = try field.value.boolean(field.key) }
      case "model":
        if !field.value.isNull { model = try field.value.string("model") }
      case _ where isChat && field.key != "prompt": rest.append(field)
      case "prompt": prompt = try field.value.string("prompt")
      case "add_special_tokens":
        if !field.value.isNull { addsSpecialTokens = try field.value.boolean(field.key) }
      default: throw TokenRoutes.unknown(field.key, "/tokenize")
      }
    }
    if isChat, prompt != nil {
      throw InputError(.conflictingFields, "found prompt and messages, expected one of them", param: "prompt")
    }
  }
}
