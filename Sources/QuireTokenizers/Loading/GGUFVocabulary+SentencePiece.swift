import QuireModelFiles

extension GGUFVocabulary {
  /// The SentencePiece model that the metadata hold: `llama` is BPE, `t5` unigram, `gemma4` BPE by a list of merges; nil
  /// for other kinds.
  ///
  /// What the keys leave open is as in llama.cpp: a space in front of texts and BOS for `llama`, neither for `t5`, which has
  /// EOS. Tokens without a type are control tokens where an id of the file names them, and byte tokens by their spelling.
  func sentencePieceModel() throws(TokenizerError) -> SentencePieceModel? {
    guard ["llama", "t5", "gemma4"].contains(model) else { return nil }
    var result = SentencePieceModel(source: path, listName: "tokenizer.ggml.tokens")
    result.algorithm = model == "llama" ? .bpe : model == "t5" ? .unigram : .merges(merges)
    for (name, count) in [("token_type", tokenTypes.count), ("scores", scores.count)]
    where count != tokens.count && (count != 0 || (name == "scores" && model != "gemma4")) {
      throw TokenizerError(
        .inconsistent, source: path, subject: "tokenizer.ggml.\(name)", found: "\(count)",
        expected: "\(tokens.count), one a token")
    }
    for (id, token) in tokens.enumerated() {
      result.pieces.append(
        SentencePieceModel.Piece(
          text: Array(token.utf8), score: scores.isEmpty ? 0 : scores[id], type: try type(of: id)))
    }
    for (name, id) in [("bos", bosTokenID), ("eos", eosTokenID), ("unknown", unknownTokenID)] {
      guard let id, !tokens.indices.contains(Int(id)) else { continue }
      throw TokenizerError(
        .inconsistent, source: path, subject: "tokenizer.ggml.\(name)_token_id", found: "\(id)",
        expected: "an id below \(tokens.count)")
    }
    result.unknownID = unknownTokenID ?? result.pieces.firstIndex { $0.type == .unknown }.map(Int32.init)
    result.bosTokenID = bosTokenID
    result.eosTokenID = eosTokenID
    result.findsUserDefinedAsWritten = true
    result.normalizer.spacePrefix = addSpacePrefix ?? (model == "llama") ? .everywhere : .none
    result.normalizer.removesExtraSpaces = removesExtraSpaces ?? false
    if !characterMap.isEmpty {
      guard let map = CharacterMap(characterMap) else {
        throw TokenizerError(
          .malformed, source: path, subject: "tokenizer.ggml.precompiled_charsmap",
          found: "\(characterMap.count) bytes that are no such map", expected: "a trie and its texts")
      }
      result.normalizer.characterMap = map
    }
    return result
  }

  private func type(of id: Int) throws(TokenizerError) -> SentencePieceModel.PieceType {
    if tokenTypes.isEmpty || tokenTypes[id] == 0 {
      if Int32(id) == unknownTokenID { return .unknown }
      if Int32(id) == bosTokenID || Int32(id) == eosTokenID { return .control }
      return ByteFallback.byte(spelledBy: tokens[id].utf8) == nil ? .normal : .byte
    }
    guard let type = SentencePieceModel.PieceType(rawValue: tokenTypes[id]) else {
      throw TokenizerError(
        .inconsistent, source: path, subject: "tokenizer.ggml.token_type[\(id)]", found: "\(tokenTypes[id])",
        expected: "0 to 6")
    }
    return type
  }
}
