import QuireJSON
import QuireModelFiles

/// Models over characters: BPE without a byte alphabet, and Unigram.
extension TokenizerJSON {
  /// Whether the model is one over characters: any but a BPE that some ByteLevel brings to bytes.
  func isOverCharacters() throws(TokenizerError) -> Bool {
    if root["model"]?["type"]?.text == "Unigram" { return true }
    return try !flattened("pre_tokenizer", list: "pretokenizers").contains {
      $0.value["type"]?.text == "ByteLevel"
    }
  }

  /// The checked model, with the tokens that the files beside it state.
  func characterModel(_ stated: StatedTokens) throws(TokenizerError) -> TokenizerModel {
    guard let json = root["model"] else { throw malformed("model", "nothing", "a BPE or Unigram model") }
    let isUnigram = json["type"]?.text == "Unigram"
    var decoding = try pieceDecoding()
    let entries = isUnigram ? try unigramEntries(json) : try vocabularyEntries(try bpeModel())
    let specials = try specialContents()
    var pieces = VocabularyBuilder(source: source)
    var decoded = VocabularyBuilder(source: source)
    for entry in entries {
      let isMatchable = !(isUnigram && specials.contains(entry.text))
      try pieces.add(
        id: entry.id, text: entry.text, isMatchable: isMatchable, subject: "model.vocab[\(name(entry.text))]")
    }
    var ids: [[UInt8]: Int32] = [:]
    for entry in entries {
      guard ids.updateValue(Int32(entry.id), forKey: entry.text) == nil else {
        throw inconsistent("model.vocab[\(name(entry.text))]", "the token a second time", "each token once")
      }
    }
    let token = { (text: [UInt8]) -> Int32 in ids[text] ?? -1 }
    var added = try addedTokens(&pieces, token) { $0 }
    let names = try StatedTokenMerger(
      modelTokenCount: entries.count, source: source, token: token, spelled: { $0 }
    ).merge(stated, into: &added, &pieces)
    let vocabulary = try pieces.build()
    let normalizer = try normalizer()
    // Tokens that are looked for in normalised text decode to what they are looked for as.
    var normalized: [Int: [UInt8]] = [:]
    for token in added where token.isNormalized {
      normalized[Int(token.id)] = normalizer.normalizedToken(token.content)
    }
    decoding.byteValues = decoding.joinsBytes ? [Int16](repeating: -1, count: vocabulary.count) : []
    for id in 0..<vocabulary.count where pieces.contains(id) {
      var text = decoding.text(of: normalized[id] ?? Array(vocabulary.bytes(of: id)), isFirst: false)
      if decoding.joinsBytes, let byte = ByteFallback.byte(spelledBy: text) {
        decoding.byteValues[id] = Int16(byte)
        text = [byte]
      }
      try decoded.add(id: id, text: text, isMatchable: false, subject: "token \(id)")
    }
    decoding.pieces = vocabulary
    var model = TokenizerModel(
      vocabulary: try decoded.build(), addedTokens: added, normalizer: normalizer,
      preTokenizer: try preTokenizer(endsInBytes: false),
      merging: isUnigram
        ? .unigram(try unigram(json, vocabulary, entries.map(\.score), token))
        : .characters(try characterMerges(json, vocabulary, token)))
    model.decoding = .pieces(decoding)
    (model.prefixTokens, model.suffixTokens) = try surroundingTokens(added, token)
    model.takeNames(names)
    return model
  }

  private typealias Entry = (id: Int, text: [UInt8], score: Double)

  private func vocabularyEntries(_ json: JSONValue) throws(TokenizerError) -> [Entry] {
    guard case .object(let members)? = json["vocab"] else {
      throw malformed("model.vocab", json["vocab"]?.summary ?? "nothing", "an object of token: id")
    }
    var entries: [Entry] = []
    entries.reserveCapacity(members.count)
    for member in members {
      guard case .integer(let id) = member.value else {
        throw malformed("model.vocab[\(name(member.key))]", member.value.summary, "an id")
      }
      entries.append((id, member.key, 0))
    }
    return entries
  }

  private func unigramEntries(_ json: JSONValue) throws(TokenizerError) -> [Entry] {
    guard case .array(let items)? = json["vocab"] else {
      throw malformed(
        "model.vocab", json["vocab"]?.summary ?? "nothing", "an array of pairs of token and score")
    }
    var entries: [Entry] = []
    entries.reserveCapacity(items.count)
    for (id, item) in items.enumerated() {
      guard case .array(let pair) = item, pair.count == 2, case .string(let text) = pair[0] else {
        throw malformed("model.vocab[\(id)]", item.summary, "a token and its score")
      }
      switch pair[1] {
      case .number(let score) where score.isFinite: entries.append((id, text, score))
      case .integer(let score): entries.append((id, text, Double(score)))
      default: throw malformed("model.vocab[\(id)]", pair[1].summary, "a score")
      }
    }
    return entries
  }

  /// The contents of the special added tokens, which no ordinary text may become.
  private func specialContents() throws(TokenizerError) -> Set<[UInt8]> {
    guard case .array(let items)? = root["added_tokens"] else { return [] }
    var contents: Set<[UInt8]> = []
    for item in items where item["special"] == .bool(true) {
      if case .string(let content)? = item["content"] { contents.insert(content) }
    }
    return contents
  }

  private func byteFallback(
    _ json: JSONValue, _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> ByteFallback? {
    guard try flag(json, "byte_fallback", "model.byte_fallback") ?? false else { return nil }
    return ByteFallback(tokens: (UInt8.min...UInt8.max).map { token(ByteFallback.spelling(of: $0)) })
  }

  private func characterMerges(
    _ json: JSONValue, _ pieces: Vocabulary, _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> CharacterMerges {
    var merges = CharacterMerges(
      pieces: pieces, table: MergeTable(try mergeList(json, token)))
    merges.fallback = try byteFallback(json, token)
    merges.looksUpWholePieces = try flag(json, "ignore_merges", "model.ignore_merges") ?? false
    merges.fusesUnknown = try flag(json, "fuse_unk", "model.fuse_unk") ?? false
    merges.unknownTokenID = try unknownToken(json, token)
    return merges
  }

  private func unigram(
    _ json: JSONValue, _ pieces: Vocabulary, _ scores: [Double], _ token: ([UInt8]) -> Int32
  ) throws(TokenizerError) -> UnigramModel {
    guard case .integer(let unknown)? = json["unk_id"], scores.indices.contains(unknown) else {
      throw inconsistent(
        "model.unk_id", json["unk_id"]?.summary ?? "nothing", "an id below \(scores.count)")
    }
    return UnigramModel(
      pieces: pieces, scores: scores + Array(repeating: 0, count: max(0, pieces.count - scores.count)),
      leastScore: scores.min() ?? 0, roundsToSingle: false, fallback: try byteFallback(json, token),
      unknownTokenID: Int32(unknown))
  }
}
