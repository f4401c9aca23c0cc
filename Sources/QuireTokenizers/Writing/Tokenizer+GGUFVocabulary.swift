package import QuireModelFiles

extension Tokenizer {
  /// The vocabularies of GGUF files that may cut texts as this tokenizer does, the likeliest first: the file's reader alone
  /// decides how, so that somebody has to compare.
  ///
  /// A byte-level BPE becomes `gpt2`, with a list of merges whether it came with one or with ranks; a BPE over characters
  /// `llama`, whose scores stand for the ranks of merges; a unigram model `t5`. All tokens are there, whichever file they
  /// were stated in, with their kinds; ids without a token have one that no text becomes.
  ///
  /// - Parameters:
  ///   - count: tokens of the vocabulary; the model's rows.
  ///   - source: the file, for messages.
  /// - Throws: `inconsistent` where the tokenizer has more tokens.
  package func ggufVocabularies(count: Int, source: String) throws(TokenizerError) -> [GGUFVocabulary] {
    var writer = VocabularyWriter(model: model, count: count, source: source)
    guard vocabularySize <= count else {
      throw TokenizerError(
        .inconsistent, source: source, subject: "vocabulary", found: "\(vocabularySize) tokens",
        expected: "at most \(count), the rows of the model's embedding")
    }
    switch model.merging {
    case .listed(let table):
      return [writer.byteLevel(merges: table.pairs)]
    case .rankedBytes:
      return [writer.byteLevel(merges: model.vocabulary.pairsOfRanks(model.byteTokens))]
    case .characters(let merges):
      writer.take(merges.pieces, fallback: merges.fallback, unknown: merges.unknownTokenID)
      return writer.variants(ofSpaces: [false]) { $0.scores = writer.scores(of: merges.table) }
    case .scores(let pieces):
      writer.take(
        pieces.pieces, fallback: pieces.fallback, unknown: pieces.unknownTokenID, unused: pieces.unused)
      return writer.variants(ofSpaces: [false]) { vocabulary in
        vocabulary.scores = (0..<count).map {
          $0 < pieces.ranks.count ? -Float(pieces.ranks.pointer[$0]) : VocabularyWriter.leastScore
        }
      }
    case .unigram(let unigram):
      writer.take(unigram.pieces, fallback: unigram.fallback, unknown: unigram.unknownTokenID)
      return writer.variants(ofSpaces: [false, true]) { vocabulary in
        vocabulary.model = "t5"
        vocabulary.scores = (0..<count).map {
          $0 < unigram.scores.count ? Float(unigram.scores.pointer[$0]) : 0
        }
        vocabulary.characterMap = model.normalizer.characterMap?.blob ?? []
      }
    }
  }

  /// The tokens that are found otherwise than as they are written, by ascending id: they take the spaces beside them, or do
  /// not stand within words. A GGUF file cannot say so.
  package var tokensWithConditions: [Int32] {
    model.addedTokens.filter { $0.stripsLeft || $0.stripsRight || $0.isSingleWord }.map(\.id).sorted()
  }
}

/// Spells a tokenizer's tokens as GGUF files have them.
private struct VocabularyWriter {
  let model: TokenizerModel
  let source: String
  private(set) var texts: [String]
  private(set) var types: [Int32]

  /// llama.cpp's token types.
  private enum TokenType {
    static let (normal, unknown, control, userDefined, unused, byte):
      (Int32, Int32, Int32, Int32, Int32, Int32) =
        (1, 2, 3, 4, 5, 6)
  }

  /// The score of tokens that no join makes.
  static let leastScore: Float = -1e9

  init(model: TokenizerModel, count: Int, source: String) {
    self.model = model
    self.source = source
    texts = (0..<count).map { "[PAD\($0)]" }
    types = Array(repeating: TokenType.unused, count: count)
  }

  /// A byte-level vocabulary whose merges are pairs of ids by rank.
  mutating func byteLevel(merges: [(left: Int32, right: Int32)]) -> GGUFVocabulary {
    let vocabulary = model.vocabulary
    for id in 0..<vocabulary.count {
      let bytes = vocabulary.bytes(of: id)
      if bytes.isEmpty { continue }
      let isSpelled = vocabulary.isMatchable(id)
      texts[id] = String(decoding: isSpelled ? ByteAlphabet.letters(of: bytes) : Array(bytes), as: UTF8.self)
      types[id] = TokenType.normal
    }
    let letters = { (id: Int32) in
      String(decoding: ByteAlphabet.letters(of: vocabulary.bytes(of: Int(id))), as: UTF8.self)
    }
    let lines = merges.map { letters($0.left) + " " + letters($0.right) }
    takeAddedTokens()
    return finished(
      GGUFVocabulary(path: source, model: "gpt2", pre: nil, tokens: texts, tokenTypes: types, merges: lines))
  }

  /// Takes the tokens of a vocabulary over characters, as they are written.
  mutating func take(
    _ pieces: Vocabulary, fallback: ByteFallback?, unknown: Int32?, unused: Set<Int32> = []
  ) {
    for id in 0..<pieces.count where !pieces.bytes(of: id).isEmpty {
      texts[id] = String(decoding: pieces.bytes(of: id), as: UTF8.self)
      types[id] = TokenType.normal
    }
    for id in unused { types[Int(id)] = TokenType.unused }
    for id in fallback?.tokens ?? [] where id >= 0 { types[Int(id)] = TokenType.byte }
    takeAddedTokens()
    if let unknown { types[Int(unknown)] = TokenType.unknown }
  }

  /// Marks the tokens that are found in texts as written.
  private mutating func takeAddedTokens() {
    for token in model.addedTokens {
      texts[Int(token.id)] = String(decoding: token.content, as: UTF8.self)
      types[Int(token.id)] = token.isSpecial ? TokenType.control : TokenType.userDefined
    }
  }

  /// The vocabularies over characters with and without a space in front of texts, and spaces in a row made one or not.
  func variants(
    ofSpaces removals: [Bool], _ complete: (inout GGUFVocabulary) -> Void
  ) -> [GGUFVocabulary] {
    var vocabulary = GGUFVocabulary(
      path: source, model: "llama", pre: "default", tokens: texts, tokenTypes: types, merges: [])
    complete(&vocabulary)
    return removals.flatMap { removal in
      [true, false].map { prefix in
        var variant = finished(vocabulary)
        variant.addSpacePrefix = prefix
        variant.removesExtraSpaces = removal
        return variant
      }
    }
  }

  /// The vocabulary with the ids of special tokens, by what the files call them.
  private func finished(_ vocabulary: GGUFVocabulary) -> GGUFVocabulary {
    var vocabulary = vocabulary
    for (id, roles) in model.roles.sorted(by: { $0.key < $1.key }) {
      for role in roles where ["pad", "sep", "cls", "mask"].contains(role) {
        vocabulary.otherTokenIDs[role] = id
      }
      if roles.contains("unk") { vocabulary.unknownTokenID = id }
    }
    if let unknown = vocabulary.tokenTypes.firstIndex(of: TokenType.unknown) {
      vocabulary.unknownTokenID = Int32(unknown)
    }
    return vocabulary
  }

  /// Scores in the order of merges: a piece has that of the first merge that makes it.
  func scores(of table: MergeTable) -> [Float] {
    var scores = [Float](repeating: Self.leastScore, count: texts.count)
    for (rank, merge) in table.merges.enumerated().reversed() { scores[Int(merge.result)] = -Float(rank) }
    return scores
  }
}

extension MergeTable {
  /// The pairs of all merges by rank.
  fileprivate var pairs: [(left: Int32, right: Int32)] { merges.map { ($0.left, $0.right) } }
}

extension Vocabulary {
  /// The merges that make of bytes what joins by rank make: for each token of several bytes the last two that are joined, in
  /// the order of ids. Tokens that such joins never make have none.
  ///
  /// - Parameter byteTokens: the id of each single byte.
  fileprivate func pairsOfRanks(_ byteTokens: [Int32]) -> [(left: Int32, right: Int32)] {
    var pairs: [(left: Int32, right: Int32)] = []
    var merger = BytePairMerger()
    var parts: [Int32] = []
    for id in 0..<count where isMatchable(id) && bytes(of: id).count > 1 {
      let text = bytes(of: id)
      merger.begin()
      for index in 0..<text.count { merger.append(byteTokens[Int(text[index])], start: index) }
      parts.removeAll(keepingCapacity: true)
      merger.merge(text, by: RanksBelow(vocabulary: self, limit: Int32(id)), into: &parts)
      if parts.count == 2 { pairs.append((parts[0], parts[1])) }
    }
    return pairs
  }
}

/// The rule of ranks, but for tokens from an id on.
private struct RanksBelow: MergeRanks {
  let vocabulary: Vocabulary
  let limit: Int32

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let id = vocabulary.id(of: text, count: count)
    if id < 0 || id >= limit { return MergeTable.none }
    return UInt64(UInt32(bitPattern: id)) << 32 | UInt64(UInt32(bitPattern: id))
  }
}

extension TextNormalizer {
  /// SentencePiece's compiled rules, where a step applies some.
  fileprivate var characterMap: CharacterMap? {
    for step in steps {
      switch step {
      case .precompiled(let map): return map
      case .sentencePiece(let normalizer): return normalizer.characterMap
      default: continue
      }
    }
    return nil
  }
}
