package import QuireModelFiles

extension GGUFVocabulary {
  /// The vocabulary that GGUF files keep of a SentencePiece model: its pieces, their scores and types, of the kind `llama` for
  /// BPE, `t5` with the compiled rules of normalisation for unigram.
  ///
  /// - Parameter path: a `tokenizer.model`.
  /// - Throws: ``TokenizerError`` where the file is refused, or is of BPE with rules of normalisation but the space in front,
  ///   which that kind cannot have.
  package init(sentencePiece path: String) throws(TokenizerError) {
    let bytes = try TokenizerFile.read(path, isText: false)
    let model = try SentencePieceFile(bytes, source: path).model
    let normalizer = model.normalizer
    let isUnigram = model.algorithm == .unigram
    guard isUnigram || (normalizer.characterMap == nil && !normalizer.removesExtraSpaces) else {
      throw TokenizerError(
        .unsupported, source: path, subject: "the model", found: "BPE that normalises texts",
        expected: "unigram, or BPE over texts as they are, which GGUF has kinds for")
    }
    self.init(
      path: path, model: isUnigram ? "t5" : "llama", pre: "default",
      tokens: model.pieces.map { piece in
        let text = String(decoding: piece.text, as: UTF8.self)
        // Readers of GGUF look for these in the text as it is written.
        return piece.type == .userDefined ? text.replacing("\u{2581}", with: " ") : text
      },
      tokenTypes: model.pieces.map(\.type.rawValue), merges: [], unknownTokenID: model.unknownID,
      addSpacePrefix: normalizer.spacePrefix != .none)
    scores = model.pieces.map(\.score)
    if isUnigram {
      removesExtraSpaces = normalizer.removesExtraSpaces
      characterMap = normalizer.characterMap?.blob ?? []
    }
  }
}
