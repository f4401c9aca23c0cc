extension Tokenizer {
  /// Loads a `.tiktoken` ranks file with Qwen's pattern and special tokens, whose ids follow the ranks
  /// (in `qwen.tiktoken`: `<|endoftext|>` 151643, `<|im_start|>` 151644, `<|im_end|>` 151645, `<|extra_0|>` 151646 to `<|extra_204|>` 151850).
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - normalizesToNFC: true normalises text first, as Qwen's own wrapper of tiktoken does; tiktoken itself does not.
  /// - Throws: ``TokenizerError``: unreadable, malformed or inconsistent.
  package static func load(
    tiktoken path: String, normalizesToNFC: Bool = false
  ) throws(TokenizerError) -> Tokenizer {
    let file = try TiktokenFile(try TokenizerFile.read(path), source: path)
    var builder = VocabularyBuilder(source: path)
    for (rank, token) in file.ranks.enumerated() {
      try builder.add(id: rank, text: token, isMatchable: true, subject: "rank \(rank)")
    }
    var added: [AddedToken] = []
    for (index, text) in TiktokenFile.qwenSpecials.enumerated() {
      let id = file.ranks.count + index
      try builder.add(id: id, text: text.utf8, isMatchable: false, subject: text)
      added.append(AddedToken(id: Int32(id), content: Array(text.utf8)))
    }
    let vocabulary = try builder.build()
    let byteTokens = (0..<256).map { vocabulary.id(of: [UInt8($0)]) }
    if let missing = byteTokens.firstIndex(of: -1) {
      throw TokenizerError(
        .inconsistent, source: path, subject: "ranks", found: "none for the single byte \(missing)",
        expected: "a rank for each of the 256 bytes")
    }
    return Tokenizer(
      TokenizerModel(
        vocabulary: vocabulary, addedTokens: added, normalizer: normalizesToNFC ? .nfc : .identity,
        preTokenizer: PreTokenizer(stages: [.split(.cl100k(digits: 1))]), merging: .rankedBytes,
        looksUpWholePieces: true, byteTokens: byteTokens, eosTokenID: added[0].id))
  }
}
