import QuireJSON
import QuireModelFiles

/// Makes a ``TokenizerModel`` of the parsed `tokenizer.json`.
struct TokenizerJSON {
  let root: JSONValue
  let source: String

  /// A document at hand, for messages that of the file `source`.
  init(root: JSONValue, source: String) {
    self.root = root
    self.source = source
  }

  /// The parsed `bytes` of the file `source`; keys that stand twice are left to those who read them.
  ///
  /// - Throws: `malformed`, with the place, when they are no JSON.
  init(parsing bytes: [UInt8], source: String) throws(TokenizerError) {
    do throws(JSONSyntaxError) {
      root = try JSONValue(parsing: bytes, repeatedKeys: .kept, skippingByteOrderMark: true)
    } catch {
      throw TokenizerError(
        .malformed, source: source, subject: "JSON at byte \(error.offset + 1)", found: error.found,
        expected: error.expected ?? "valid JSON")
    }
    self.source = source
  }

  /// The checked model.
  ///
  /// - Parameters:
  ///   - stated: the tokens that other files beside this one state.
  ///   - resetsSpecialTokens: whether those of them with a name lose their flags.
  func model(
    _ stated: StatedTokens = StatedTokens(), resetsSpecialTokens: Bool = false
  ) throws(TokenizerError) -> TokenizerModel {
    guard case .object = root else { throw malformed("file", root.summary, "a JSON object") }
    if try isOverCharacters() { return try characterModel(stated) }
    let bpe = try bpeModel()
    var builder = VocabularyBuilder(source: source)
    var odd: [[UInt8]: Int32] = [:]
    try addVocabulary(bpe, to: &builder, odd: &odd)
    let modelVocabulary = try builder.build()
    func token(_ text: [UInt8]) -> Int32 {
      var bytes: [UInt8] = []
      if ByteAlphabet.appendBytes(of: text, to: &bytes) { return modelVocabulary.id(of: bytes) }
      return odd[text] ?? -1
    }
    try checkByteFallback(bpe, modelVocabulary, token)
    let merges = try mergeList(bpe, token)
    let modelTokenCount = builder.tokenCount
    let spelled = { (content: [UInt8]) -> [UInt8] in
      var bytes: [UInt8] = []
      return ByteAlphabet.appendBytes(of: content, to: &bytes) ? bytes : content
    }
    var added = try addedTokens(&builder, token, spelled: spelled)
    let names = try StatedTokenMerger(
      modelTokenCount: modelTokenCount, resetsSpecialTokens: resetsSpecialTokens, source: source,
      token: token, spelled: spelled
    ).merge(stated, into: &added, &builder)
    var model = TokenizerModel(
      vocabulary: try builder.build(), addedTokens: added, normalizer: try normalizer(),
      preTokenizer: try preTokenizer(endsInBytes: true), merging: .listed(MergeTable(merges)),
      byteTokens: (0..<256).map { modelVocabulary.id(of: [UInt8($0)]) })
    model.looksUpWholePieces = try flag(bpe, "ignore_merges", "model.ignore_merges") ?? false
    model.fusesUnknown = try flag(bpe, "fuse_unk", "model.fuse_unk") ?? false
    model.unknownTokenID = try unknownToken(bpe, token)
    (model.prefixTokens, model.suffixTokens) = try surroundingTokens(added, token)
    model.takeNames(names)
    try checkDecoder()
    return model
  }

  /// The id of `unk_token`, or nil where there is none.
  func unknownToken(_ model: JSONValue, _ token: ([UInt8]) -> Int32) throws(TokenizerError) -> Int32? {
    guard let unknown = model["unk_token"] else { return nil }
    guard case .string(let text) = unknown, token(text) >= 0 else {
      throw inconsistent("model.unk_token", unknown.summary, "a token of model.vocab, or null")
    }
    return token(text)
  }

  /// `model`, checked for what is not done.
  func bpeModel() throws(TokenizerError) -> JSONValue {
    guard let model = root["model"] else { throw malformed("model", "nothing", "a BPE model") }
    if let type = model["type"], type.text != "BPE" {
      throw unsupported("model.type", type, "\"BPE\" or \"Unigram\"")
    }
    if let prefix = model["continuing_subword_prefix"], prefix.text != "" {
      throw unsupported("model.continuing_subword_prefix", prefix, "none")
    }
    if let suffix = model["end_of_word_suffix"], suffix.text != "" {
      throw unsupported("model.end_of_word_suffix", suffix, "none")
    }
    if let dropout = model["dropout"], dropout != .integer(0), dropout != .number(0) {
      throw unsupported("model.dropout", dropout, "none")
    }
    return model
  }

  /// Refuses `byte_fallback` where it has an effect: the vocabulary lacks bytes, which would become tokens such as
  /// `<0x0A>`, and has some of those. Files that Hugging Face transformers writes of GGUF models have it in vain.
  private func checkByteFallback(
    _ model: JSONValue, _ vocabulary: Vocabulary, _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) {
    guard try flag(model, "byte_fallback", "model.byte_fallback") == true else { return }
    let bytes = UInt8.min...UInt8.max
    func isFallback(_ byte: UInt8) -> Bool { token(ByteFallback.spelling(of: byte)) >= 0 }
    if bytes.contains(where: { vocabulary.id(of: [$0]) < 0 }) && bytes.contains(where: isFallback) {
      throw unsupported("model.byte_fallback", .bool(true), "false, or a vocabulary with all 256 bytes")
    }
  }

  private func addVocabulary(
    _ model: JSONValue, to builder: inout VocabularyBuilder, odd: inout [[UInt8]: Int32]
  ) throws(TokenizerError) {
    guard case .object(let members)? = model["vocab"] else {
      throw malformed("model.vocab", model["vocab"]?.summary ?? "nothing", "an object of token: id")
    }
    var bytes: [UInt8] = []
    for member in members {
      guard case .integer(let id) = member.value else {
        throw malformed("model.vocab[\(name(member.key))]", member.value.summary, "an id")
      }
      bytes.removeAll(keepingCapacity: true)
      let isSpelled = ByteAlphabet.appendBytes(of: member.key, to: &bytes)
      // HF's decoder writes tokens that the alphabet does not spell as they stand.
      if !isSpelled { bytes = member.key }
      try builder.add(
        id: id, text: bytes, isMatchable: isSpelled, subject: "model.vocab[\(name(member.key))]")
      if !isSpelled, odd.updateValue(Int32(id), forKey: member.key) != nil {
        throw inconsistent("model.vocab[\(name(member.key))]", "the token a second time", "each token once")
      }
    }
  }

  /// `model.merges`, as `"a b"` or as `["a", "b"]`.
  func mergeList(
    _ model: JSONValue, _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> [(left: Int32, right: Int32, result: Int32)] {
    guard case .array(let items)? = model["merges"] else {
      throw malformed("model.merges", model["merges"]?.summary ?? "nothing", "an array")
    }
    var merges: [(left: Int32, right: Int32, result: Int32)] = []
    merges.reserveCapacity(items.count)
    for (rank, item) in items.enumerated() {
      let parts: [[UInt8]]
      switch item {
      case .string(let text) where Merge.isVersionLine(text): continue
      case .string(let text):
        parts = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
      case .array(let pair):
        parts = pair.compactMap { if case .string(let text) = $0 { text } else { nil } }
        if parts.count != pair.count { throw malformed("model.merges[\(rank)]", item.summary, "two tokens") }
      default: throw malformed("model.merges[\(rank)]", item.summary, "two tokens")
      }
      guard parts.count == 2 else { throw malformed("model.merges[\(rank)]", item.summary, "two tokens") }
      merges.append(try Merge.resolve(parts[0], parts[1], rank: rank, subject: "model.merges", source, token))
    }
    return merges
  }

  func name(_ bytes: [UInt8]) -> String { "\"\(String(decoding: bytes, as: UTF8.self))\"" }

  @inline(never)
  func flag(_ value: JSONValue, _ key: String, _ subject: String) throws(TokenizerError) -> Bool? {
    guard let member = value[key] else { return nil }
    guard case .bool(let flag) = member else { throw malformed(subject, member.summary, "true or false") }
    return flag
  }

  @inline(never)
  func malformed(_ subject: String, _ found: String, _ expected: String) -> TokenizerError {
    TokenizerError(.malformed, source: source, subject: subject, found: found, expected: expected)
  }

  func inconsistent(_ subject: String, _ found: String, _ expected: String) -> TokenizerError {
    TokenizerError(.inconsistent, source: source, subject: subject, found: found, expected: expected)
  }

  func unsupported(_ subject: String, _ found: JSONValue, _ expected: String) -> TokenizerError {
    TokenizerError(.unsupported, source: source, subject: subject, found: found.summary, expected: expected)
  }
}

/// Resolves the tokens that a merge names.
enum Merge {
  /// Whether a line of merges is `#version: 0.2`, which Hugging Face tokenizers pass over wherever it stands.
  static func isVersionLine(_ line: some Collection<UInt8>) -> Bool { line.starts(with: "#version".utf8) }

  /// The merges of a list by rank, each two tokens with a space between them; `token` gives their ids, or -1.
  ///
  /// - Throws: `malformed` for another form, `inconsistent` for what is no token.
  static func table(
    _ merges: [String], subject: String, _ source: String, _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> MergeTable {
    var resolved: [(left: Int32, right: Int32, result: Int32)] = []
    resolved.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() where !isVersionLine(merge.utf8) {
      let parts = merge.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw TokenizerError(
          .malformed, source: source, subject: "\(subject)[\(rank)]", found: "\"\(merge)\"",
          expected: "two tokens and a space")
      }
      resolved.append(
        try resolve(Array(parts[0]), Array(parts[1]), rank: rank, subject: subject, source, token))
    }
    return MergeTable(resolved)
  }

  /// The ids of `left`, `right` and both joined.
  ///
  /// - Throws: `inconsistent` when one of them is no token.
  @inline(never)
  static func resolve(
    _ left: [UInt8], _ right: [UInt8], rank: Int, subject: String, _ source: String,
    _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> (left: Int32, right: Int32, result: Int32) {
    let merge = (left: token(left), right: token(right), result: token(left + right))
    if merge.left >= 0, merge.right >= 0, merge.result >= 0 { return merge }
    let missing = merge.left < 0 ? left : merge.right < 0 ? right : left + right
    throw TokenizerError(
      .inconsistent, source: source, subject: "\(subject)[\(rank)]",
      found: "\"\(String(decoding: missing, as: UTF8.self))\", which is no token",
      expected: "tokens of the vocabulary")
  }
}
