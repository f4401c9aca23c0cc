import QuireJSON

/// What a model's makers advise for sampling, from `generation_config.json`, `config.json` or GGUF keys. nil: they say nothing.
package struct GenerationDefaults: Sendable, Equatable {
  /// The temperature, at least 0. `do_sample` is left aside, as vLLM leaves it.
  package var temperature: Double?
  /// The value of `top_k`, at least 1, or -1 for no limit (0 in the file).
  package var topK: Int?
  /// The value of `top_p`, in `0...1` and not 0.
  package var topP: Double?
  /// The value of `min_p`, in `0...1`.
  package var minP: Double?
  /// Positive; 1 changes nothing.
  package var repetitionPenalty: Double?
  /// The longest answer in tokens, at least 1.
  package var maxNewTokens: Int?
  /// The tokens that end a text, the end-of-sequence token first.
  package var eosTokenIDs: [Int32] = []
  /// The token that begins a text.
  package var bosTokenID: Int32?
  /// How first-generation Qwen makes the prompt of a conversation: `chatml`, or `raw` for a model that holds none.
  package var chatFormat: String?
  /// The tokens that the prompt of a conversation may take, at least 1: what first-generation Qwen cuts histories to.
  package var maxWindowSize: Int?
  /// Ids that no text can hold, and which therefore count for nothing.
  package var warnings: [ModelFileWarning] = []

  /// Defaults that say nothing.
  package init() {}
}

extension GenerationDefaults {
  /// Reads `generation_config.json`; where it is absent, the token ids of `config.json` count.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is of the wrong type or out of range.
  package init(generation: JSONDocument?, config: JSONDocument, vocabularySize: Int) throws(ModelFileError) {
    self.init()
    let ids = generation ?? config
    eosTokenIDs = try tokenIDs(ids, "eos_token_id", vocabularySize: vocabularySize)
    if eosTokenIDs.isEmpty, generation != nil {
      eosTokenIDs = try tokenIDs(config, "eos_token_id", vocabularySize: vocabularySize)
    }
    bosTokenID = try tokenIDs(ids, "bos_token_id", vocabularySize: vocabularySize).first
    guard let generation else { return }
    temperature = try generation.numberIfPresent("temperature", in: 0...1e6)
    if let k = try generation.integerIfPresent("top_k", in: -1...1 << 24) { topK = k == 0 ? -1 : k }
    topP = try generation.numberIfPresent("top_p", in: Double.leastNonzeroMagnitude...1)
    minP = try generation.numberIfPresent("min_p", in: 0...1)
    repetitionPenalty = try generation.numberIfPresent("repetition_penalty", in: 1e-6...1e6)
    maxNewTokens = try generation.integerIfPresent("max_new_tokens", in: 1...1 << 30)
    chatFormat = try generation.stringIfPresent("chat_format")
    maxWindowSize = try generation.integerIfPresent("max_window_size", in: 1...1 << 30)
  }

  /// Reads `general.sampling.*` and the token ids of `tokenizer.ggml.*`.
  package init(gguf metadata: GGUFMetadata, vocabularySize: Int) throws(ModelFileError) {
    self.init()
    temperature = try metadata.numberIfPresent("general.sampling.temp", in: 0...1e6)
    if let k = try metadata.integerIfPresent("general.sampling.top_k", in: -1...1 << 24) {
      topK = k == 0 ? -1 : k
    }
    topP = try metadata.numberIfPresent("general.sampling.top_p", in: Double.leastNonzeroMagnitude...1)
    minP = try metadata.numberIfPresent("general.sampling.min_p", in: 0...1)
    repetitionPenalty = try metadata.numberIfPresent("general.sampling.penalty_repeat", in: 1e-6...1e6)
    for key in Self.endKeys {
      guard let id = try metadata.integerIfPresent(key, in: Int.min...Int.max) else { continue }
      if let id = tokenID(id, metadata.path, key, vocabularySize), !eosTokenIDs.contains(id) {
        eosTokenIDs.append(id)
      }
    }
    let key = "tokenizer.ggml.bos_token_id"
    if let id = try metadata.integerIfPresent(key, in: Int.min...Int.max) {
      bosTokenID = tokenID(id, metadata.path, key, vocabularySize)
    }
  }

  /// The keys of a GGUF file under which tokens end answers, in the order of ``eosTokenIDs``.
  package static let endKeys = [
    "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id",
  ]

  /// One id, or an array of ids; those outside the vocabulary are left out with a warning.
  private mutating func tokenIDs(
    _ json: JSONDocument, _ key: String, vocabularySize: Int
  ) throws(ModelFileError) -> [Int32] {
    guard let value = json[key] else { return [] }
    let elements = if case .array(let elements) = value { elements } else { [value] }
    var ids: [Int32] = []
    for element in elements {
      let id: Int? =
        switch element {
        case .integer(let id): id
        case .number(let number): Int(exactly: number)
        default: nil
        }
      guard let id else {
        throw json.wrong(key, element, "a token id from 0 to \(vocabularySize - 1), or an array of them")
      }
      if let id = tokenID(id, json.path, key, vocabularySize) { ids.append(id) }
    }
    return ids
  }

  /// An id of the vocabulary; others cannot be drawn, and are noted.
  private mutating func tokenID(_ id: Int, _ path: String, _ key: String, _ vocabularySize: Int) -> Int32? {
    if (0..<vocabularySize).contains(id) { return Int32(id) }
    warnings.append(
      ModelFileWarning(
        path: path, subject: "key " + key,
        "token id \(id) is passed over: the vocabulary ends at \(vocabularySize - 1)"))
    return nil
  }
}

extension GenerationDefaults {
  /// Reads a `generation_config.json` that stands anywhere.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is of the wrong type or out of range.
  package static func read(_ path: String, vocabularySize: Int) throws(ModelFileError) -> GenerationDefaults {
    let json = try JSONDocument(path: path)
    return try GenerationDefaults(generation: json, config: json, vocabularySize: vocabularySize)
  }
}
