/// The vocabulary of a GGUF file as plain values, `tokenizer.ggml.*`: of the right types, each id in range. What the values
/// say of each other, whoever makes a tokenizer of them checks.
package struct GGUFVocabulary: Sendable, Equatable {
  /// The file, for messages.
  package var path: String
  /// The kind: `gpt2` is byte-level BPE, `llama` SentencePiece's BPE, `t5` its unigram model.
  package var model: String
  /// The name of the pre-tokenizer's pattern (`smollm`, `qwen2`, `llama-bpe`), nil in older files.
  package var pre: String?
  /// The tokens, the index being the id. Byte-level ones are spelled in GPT-2's byte alphabet, but for control and
  /// user-defined ones.
  package var tokens: [String]
  /// One type a token, or empty: 0 not stated, 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
  package var tokenTypes: [Int32]
  /// One score a token, or empty.
  package var scores: [Float] = []
  /// The merges by rank, each two tokens with a space between them.
  package var merges: [String]
  /// The token that begins a text.
  package var bosTokenID: Int32?
  /// The token that ends a text.
  package var eosTokenID: Int32?
  /// The token that stands for what the vocabulary lacks; a byte-level one has a token for every byte.
  package var unknownTokenID: Int32?
  /// Whether raw texts begin with BOS; nil where the file does not say: then Llama 3 adds it, the others do not.
  package var addBOS: Bool?
  /// Whether raw texts end with EOS; nil where the file does not say.
  package var addEOS: Bool?
  /// Whether texts get a space in front; nil where the file does not say: then `llama` does.
  package var addSpacePrefix: Bool?
  /// Whether SentencePiece makes one space of several; nil is false.
  package var removesExtraSpaces: Bool?
  /// SentencePiece's compiled rules of normalisation, or empty.
  package var characterMap: [UInt8] = []
  /// The ids of further special tokens, by what the file calls them: `pad`, `eot`, `fim_pre`.
  package var otherTokenIDs: [String: Int32] = [:]
  /// What is odd about the values and passed over.
  package var warnings: [ModelFileWarning] = []

  /// Plain values, unchecked.
  package init(
    path: String, model: String, pre: String?, tokens: [String], tokenTypes: [Int32] = [], merges: [String],
    bosTokenID: Int32? = nil, eosTokenID: Int32? = nil, unknownTokenID: Int32? = nil, addBOS: Bool? = nil,
    addEOS: Bool? = nil, addSpacePrefix: Bool? = nil
  ) {
    self.path = path
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.tokenTypes = tokenTypes
    self.merges = merges
    self.bosTokenID = bosTokenID
    self.eosTokenID = eosTokenID
    self.unknownTokenID = unknownTokenID
    self.addBOS = addBOS
    self.addEOS = addEOS
    self.addSpacePrefix = addSpacePrefix
  }

  /// Whether tokens are joined from single bytes, by merges.
  package var isByteLevel: Bool { model == "gpt2" }

  /// Whether some ordinary token is more than one byte, each of which is one character.
  private var hasLongTokens: Bool {
    tokens.indices.contains { index in
      (index >= tokenTypes.count || tokenTypes[index] == 1) && tokens[index].unicodeScalars.count > 1
    }
  }

  /// Reads the keys `tokenizer.ggml.*` of the metadata.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where one is missing or of the wrong type, or there is not one score a token.
  package init(_ metadata: GGUFMetadata) throws(ModelFileError) {
    path = metadata.path
    model = try metadata.string("tokenizer.ggml.model")
    pre = try metadata.stringIfPresent("tokenizer.ggml.pre")
    guard let tokens = try metadata.arrayIfPresent("tokenizer.ggml.tokens") else {
      throw metadata.missing("tokenizer.ggml.tokens", "an array of strings")
    }
    guard tokens.count > 0, Int32(exactly: tokens.count) != nil else {
      throw metadata.wrong("tokenizer.ggml.tokens", .array(tokens), "1 to \(Int32.max) tokens")
    }
    self.tokens = try tokens.strings()
    tokenTypes = try Self.tokenTypes(metadata, tokenCount: tokens.count, &warnings)
    scores = try metadata.arrayIfPresent("tokenizer.ggml.scores")?.floats() ?? []
    let merges = try metadata.arrayIfPresent("tokenizer.ggml.merges")
    self.merges = try merges?.strings() ?? []
    guard !isByteLevel || merges != nil else {
      throw metadata.missing("tokenizer.ggml.merges", "the merges of a byte-level vocabulary")
    }
    guard !isByteLevel || !self.merges.isEmpty || !hasLongTokens else {
      throw ModelFileError(
        path: path, subject: "key tokenizer.ggml.merges", found: "no merge",
        expected: "the merges that make the vocabulary's longer tokens")
    }
    guard scores.isEmpty || scores.count == tokens.count else {
      throw ModelFileError(
        path: path, subject: "key tokenizer.ggml.scores", found: "\(scores.count) elements",
        expected: "\(tokens.count), one a token")
    }
    bosTokenID = try id(metadata, "bos_token_id")
    eosTokenID = try id(metadata, "eos_token_id")
    unknownTokenID = try id(metadata, "unknown_token_id")
    for (key, role) in Self.otherRoles {
      if let id = try id(metadata, key) { otherTokenIDs[role] = id }
    }
    addBOS = try metadata.boolIfPresent("tokenizer.ggml.add_bos_token")
    addEOS = try metadata.boolIfPresent("tokenizer.ggml.add_eos_token")
    addSpacePrefix = try metadata.boolIfPresent("tokenizer.ggml.add_space_prefix")
    removesExtraSpaces = try metadata.boolIfPresent("tokenizer.ggml.remove_extra_whitespaces")
    characterMap =
      try metadata.arrayIfPresent("tokenizer.ggml.precompiled_charsmap")?.int32s().map {
        UInt8(truncatingIfNeeded: $0)
      } ?? []
  }

  /// The keys of further special tokens, after `tokenizer.ggml.`, and what ``otherTokenIDs`` calls them.
  package static let otherRoles: KeyValuePairs = [
    "padding_token_id": "pad", "eot_token_id": "eot", "eom_token_id": "eom", "seperator_token_id": "sep",
    "cls_token_id": "cls", "mask_token_id": "mask", "fim_pre_token_id": "fim_pre",
    "fim_suf_token_id": "fim_suf", "fim_mid_token_id": "fim_mid", "fim_pad_token_id": "fim_pad",
    "fim_rep_token_id": "fim_rep", "fim_sep_token_id": "fim_sep",
  ]

  /// The id of a special token; one that no token has is passed over, as in llama.cpp.
  private mutating func id(_ metadata: GGUFMetadata, _ name: String) throws(ModelFileError) -> Int32? {
    let key = "tokenizer.ggml." + name
    guard let value = metadata[key] else { return nil }
    let id: Int? = if case .float(let number, _) = value { Int(exactly: number) } else { value.integer }
    if let id, tokens.indices.contains(id) { return Int32(id) }
    warnings.append(
      ModelFileWarning(
        path: path, subject: "key " + key,
        "\(value.summary) is passed over: expected an id from 0 to \(tokens.count - 1)"))
    return nil
  }
}
