/// The vocabulary of a GGUF file, its arrays read and checked against each other.
public struct GGUFTokenizer: Sendable, Equatable {
  /// The kind: `gpt2` is byte-level BPE, `llama` SentencePiece.
  public var model: String
  /// The name of the pre-tokenizer's pattern (`smollm`, `qwen2`, `llama-bpe`), nil in older files.
  public var pre: String?
  /// The tokens, the index being the id. Byte-level ones are spelled with GPT-2's stand-ins for bytes.
  public var tokens: [String]
  /// One type a token, or empty: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
  public var tokenTypes: [Int32]
  /// One score a token, or empty.
  public var scores: [Float]
  /// The merges by rank, each two tokens with a space between them.
  public var merges: [String]
  /// The token that begins a text.
  public var bosTokenID: Int32?
  /// The token that ends a text.
  public var eosTokenID: Int32?
  /// The token that ends a turn.
  public var eotTokenID: Int32?
  /// The token that stands for what the vocabulary lacks.
  public var unknownTokenID: Int32?
  /// The token that fills batches.
  public var paddingTokenID: Int32?
  /// Whether raw texts begin with BOS; nil where the file does not say.
  public var addBOS: Bool?
  /// Whether texts get a space in front; nil where the file does not say.
  public var addSpacePrefix: Bool?

  /// Reads `tokenizer.ggml.*`.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where one is missing or of the wrong type, the arrays differ in length, an id is
  ///   outside the list, a byte token is malformed, or a merge names a token that is not there.
  public init(_ metadata: GGUFMetadata) throws(ModelFileError) {
    model = try metadata.string("tokenizer.ggml.model")
    pre = try metadata.stringIfPresent("tokenizer.ggml.pre")
    guard let tokens = try metadata.arrayIfPresent("tokenizer.ggml.tokens") else {
      throw metadata.missing("tokenizer.ggml.tokens", "an array of strings")
    }
    guard tokens.count > 0, Int32(exactly: tokens.count) != nil else {
      throw metadata.wrong("tokenizer.ggml.tokens", .array(tokens), "1 to \(Int32.max) tokens")
    }
    self.tokens = try tokens.strings()
    tokenTypes = try metadata.arrayIfPresent("tokenizer.ggml.token_type")?.int32s() ?? []
    scores = try metadata.arrayIfPresent("tokenizer.ggml.scores")?.floats() ?? []
    merges = try metadata.arrayIfPresent("tokenizer.ggml.merges")?.strings() ?? []
    for (key, count) in [("token_type", tokenTypes.count), ("scores", scores.count)]
    where count != 0 && count != tokens.count {
      throw ModelFileError(
        path: metadata.path, subject: "key tokenizer.ggml." + key, found: "\(count) elements",
        expected: "\(tokens.count), one a token")
    }
    let range = 0...tokens.count - 1
    func id(_ name: String) throws(ModelFileError) -> Int32? {
      try metadata.integerIfPresent("tokenizer.ggml." + name, in: range).map(Int32.init)
    }
    bosTokenID = try id("bos_token_id")
    eosTokenID = try id("eos_token_id")
    eotTokenID = try id("eot_token_id")
    unknownTokenID = try id("unknown_token_id")
    paddingTokenID = try id("padding_token_id")
    addBOS = try metadata.boolIfPresent("tokenizer.ggml.add_bos_token")
    addSpacePrefix = try metadata.boolIfPresent("tokenizer.ggml.add_space_prefix")
    try checkTypes(path: metadata.path)
    try checkMerges(path: metadata.path)
  }

  /// Types are 0 to 6, and byte tokens are spelled `<0x00>` to `<0xFF>`.
  private func checkTypes(path: String) throws(ModelFileError) {
    for (index, type) in tokenTypes.enumerated() {
      guard (0...6).contains(type) else {
        throw ModelFileError(
          path: path, subject: "key tokenizer.ggml.token_type, element \(index)", found: "\(type)",
          expected: "0 to 6")
      }
      guard type == 6 else { continue }
      let text = Array(tokens[index].utf8)
      guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">"),
        UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16) != nil
      else {
        throw ModelFileError(
          path: path, subject: "key tokenizer.ggml.tokens, element \(index)",
          found: "the byte token " + printable(tokens[index]), expected: "<0x00> to <0xFF>")
      }
    }
  }

  /// Both parts of every merge, and the two together, are tokens.
  private func checkMerges(path: String) throws(ModelFileError) {
    guard !merges.isEmpty else { return }
    let known = ByteStringSet(tokens)
    for index in merges.indices {
      var merge = merges[index]
      let isGood = merge.withUTF8 { bytes in
        // The space in the middle: a part may not be empty, but may itself be a space.
        guard let space = bytes.dropFirst().firstIndex(of: 0x20), space + 1 < bytes.count else {
          return false
        }
        return known.contains(bytes[..<space], bytes[..<0])
          && known.contains(bytes[(space + 1)...], bytes[..<0])
          && known.contains(bytes[..<space], bytes[(space + 1)...])
      }
      guard isGood else {
        throw ModelFileError(
          path: path, subject: "key tokenizer.ggml.merges, element \(index)", found: printable(merges[index]),
          expected: "two tokens of the vocabulary, and their union in it")
      }
    }
  }
}
