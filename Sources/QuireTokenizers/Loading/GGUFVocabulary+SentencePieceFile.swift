package import QuireModelFiles

extension GGUFVocabulary {
  /// The vocabulary that GGUF files of the kind `llama` keep of a SentencePiece model: its pieces, their scores and types.
  ///
  /// - Parameter path: a `tokenizer.model`.
  /// - Throws: ``TokenizerError`` where the file is refused, or does what that kind cannot: pieces by unigram, or rules
  ///   of normalisation but the space in front.
  package init(sentencePiece path: String) throws(TokenizerError) {
    let bytes = try TokenizerFile.read(path, isText: false)
    let model = try SentencePieceFile(bytes, source: path).model
    guard model.algorithm == .bpe, model.normalizer.characterMap == nil, !model.normalizer.removesExtraSpaces
    else {
      throw TokenizerError(
        .unsupported, source: path, subject: "the model",
        found: "a unigram model, or one that normalises texts",
        expected: "BPE over texts as they are, which GGUF has a kind for")
    }
    self.init(
      path: path, model: "llama", pre: "default",
      tokens: model.pieces.map { piece in
        let text = String(decoding: piece.text, as: UTF8.self)
        // Readers of GGUF look for these in the text as it is written.
        return piece.type == .userDefined ? text.replacing("\u{2581}", with: " ") : text
      },
      tokenTypes: model.pieces.map(\.type.rawValue), merges: [], unknownTokenID: model.unknownID,
      addSpacePrefix: model.normalizer.spacePrefix != .none)
    scores = model.pieces.map(\.score)
  }
}
