import QuireModelFiles

/// A SentencePiece model as plain values, from `tokenizer.model` or from GGUF metadata.
struct SentencePieceModel {
  /// How texts are cut.
  enum Algorithm: Equatable {
    /// The path of the highest sum of scores.
    case unigram
    /// Joins by score.
    case bpe
    /// Joins by rank of a list, each two pieces with a space between them.
    case merges([String])
  }

  /// What a piece is for, numbered as in `sentencepiece_model.proto` and in GGUF.
  enum PieceType: Int32 {
    case normal = 1
    case unknown
    case control
    case userDefined
    case unused
    case byte
  }

  /// A piece as the model has it.
  struct Piece {
    var text: [UInt8]
    var score: Float
    var type: PieceType
  }

  /// Named in errors.
  var source: String
  /// What errors call the list of pieces.
  var listName: String
  var algorithm = Algorithm.unigram
  /// The pieces, the index being the id.
  var pieces: [Piece] = []
  /// The piece that stands for what no piece spells.
  var unknownID: Int32?
  var bosTokenID: Int32?
  var eosTokenID: Int32?
  /// How texts are normalised, but for the tokens that the rules leave alone.
  var normalizer = SentencePieceNormalizer()
  /// Whether user-defined pieces are looked for in the text as written, as llama.cpp does; SentencePiece itself looks for
  /// them once spaces are replaced.
  var findsUserDefinedAsWritten = false

  /// The checked model, with the tokens that the files beside it state.
  ///
  /// - Throws: `inconsistent` for a piece that stands twice, is too long, or spells no byte where it should, `malformed`
  ///   for a score that is no number.
  func tokenizerModel(_ stated: StatedTokens = StatedTokens()) throws(TokenizerError) -> TokenizerModel {
    var decoding = PieceDecoding.sentencePiece(stripsSpace: normalizer.spacePrefix != .none)
    var raw = VocabularyBuilder(source: source)
    var decoded = VocabularyBuilder(source: source)
    var added: [AddedToken] = []
    var byteTokens = [Int32](repeating: -1, count: 256)
    decoding.byteValues = [Int16](repeating: -1, count: pieces.count)
    for (id, piece) in pieces.enumerated() {
      let subject = "\(listName)[\(id)]"
      guard piece.score.isFinite else {
        throw TokenizerError(
          .malformed, source: source, subject: "score of \(subject)", found: "\(piece.score)",
          expected: "a finite number")
      }
      let isJoined = piece.type == .normal || piece.type == .unused
      let isPath = algorithm == .unigram && (piece.type == .normal || piece.type == .userDefined)
      try raw.add(
        id: id, text: piece.text, isMatchable: algorithm == .unigram ? isPath : isJoined, subject: subject)
      var text = decoding.text(of: piece.text, isFirst: false)
      switch piece.type {
      case .byte:
        guard let byte = ByteFallback.byte(spelledBy: piece.text) else {
          throw TokenizerError(
            .inconsistent, source: source, subject: subject,
            found: "the byte piece \"\(String(decoding: piece.text, as: UTF8.self))\"",
            expected: "the form <0x0A>")
        }
        byteTokens[Int(byte)] = Int32(id)
        decoding.byteValues[id] = Int16(byte)
        text = [byte]
      case .control, .unknown:
        text = piece.text
        added.append(AddedToken(id: Int32(id), content: piece.text))
      case .userDefined:
        if findsUserDefinedAsWritten || algorithm != .unigram {
          added.append(
            AddedToken(
              id: Int32(id), content: piece.text, isSpecial: false, isNormalized: !findsUserDefinedAsWritten))
        }
      case .normal, .unused: break
      }
      try decoded.add(id: id, text: text, isMatchable: false, subject: subject)
    }
    var ids: [[UInt8]: Int32] = [:]
    if stated != StatedTokens() {
      for (id, piece) in pieces.enumerated() { ids[piece.text] = Int32(id) }
    }
    let names = try StatedTokenMerger(
      modelTokenCount: pieces.count, source: source, token: { ids[$0] ?? -1 }, spelled: { $0 }
    ).merge(stated, into: &added, &decoded)
    var normalizer = normalizer
    let protected = pieces.indices.filter { pieces[$0].type == .userDefined }
    if !findsUserDefinedAsWritten, !protected.isEmpty {
      normalizer.protected = AddedTokenMatcher(
        protected.map { AddedToken(id: Int32($0), content: pieces[$0].text) })
    }
    var model = TokenizerModel(
      vocabulary: try decoded.build(), addedTokens: added,
      normalizer: TextNormalizer(steps: [.sentencePiece(normalizer)]), preTokenizer: PreTokenizer(stages: []),
      merging: try merging(raw.build(), ByteFallback(tokens: byteTokens)))
    model.decoding = .pieces(decoding)
    model.takeNames(names)
    model.bosTokenID = model.bosTokenID ?? bosTokenID
    model.eosTokenID = model.eosTokenID ?? eosTokenID
    return model
  }

  private func merging(
    _ vocabulary: Vocabulary, _ fallback: ByteFallback
  ) throws(TokenizerError) -> TokenizerModel.Merging {
    switch algorithm {
    case .bpe:
      let unused = pieces.indices.filter { pieces[$0].type == .unused }.map(Int32.init)
      return .scores(
        ScoredPieces(
          pieces: vocabulary, scores: pieces.map(\.score), unused: Set(unused), fallback: fallback,
          unknownTokenID: unknownID))
    case .merges(let merges):
      let table = try Merge.table(merges, subject: "tokenizer.ggml.merges", source) { vocabulary.id(of: $0) }
      var result = CharacterMerges(pieces: vocabulary, table: table)
      result.fallback = fallback
      result.unknownTokenID = unknownID
      result.fusesUnknown = true
      return .characters(result)
    case .unigram:
      guard let unknownID else {
        throw TokenizerError(
          .inconsistent, source: source, subject: "unknown piece", found: "none", expected: "one")
      }
      let normal = pieces.filter { $0.type == .normal }.map(\.score)
      let most = normal.reduce(Float.leastNormalMagnitude, max)
      let scores = pieces.map { piece in
        // User-defined pieces are worth enough to be chosen always (`unigram_model.cc`).
        piece.type == .userDefined
          ? Double(Float(piece.text.count) * most) - 0.1 : Double(piece.score)
      }
      return .unigram(
        UnigramModel(
          pieces: vocabulary, scores: scores,
          leastScore: Double(normal.min() ?? .greatestFiniteMagnitude), roundsToSingle: true,
          fallback: fallback.isComplete ? fallback : nil, unknownTokenID: unknownID))
    }
  }
}
