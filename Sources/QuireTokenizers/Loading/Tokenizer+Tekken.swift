extension Tokenizer {
  /// Loads Mistral's `tekken.json`. Its special tokens come first among the ids; `<s>` begins a text, `</s>` ends one.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - addBOS: whether `<s>` is put before a text; nil puts it there.
  /// - Throws: ``TokenizerError``: unreadable, malformed, inconsistent, or `unsupported` with the name of what is.
  package static func load(tekken path: String, addBOS: Bool? = nil) throws(TokenizerError) -> Tokenizer {
    let json = try TokenizerJSON(parsing: try TokenizerFile.read(path), source: path)
    let file = try TekkenFile(json)
    let split = try PreTokenizer.Stage.pieces(of: file.pattern, "config.pattern", path)
    var builder = VocabularyBuilder(source: path)
    var added: [AddedToken] = []
    for (id, text) in file.specials.enumerated() {
      try builder.add(id: id, text: text.utf8, isMatchable: false, subject: "special_tokens[\(id)]")
      added.append(AddedToken(id: Int32(id), content: Array(text.utf8)))
    }
    for (rank, bytes) in file.ranks.enumerated() {
      try builder.add(
        id: file.specials.count + rank, text: bytes, isMatchable: true, subject: "vocab[\(rank)]")
    }
    let vocabulary = try builder.build()
    let byteTokens = (0..<256).map { vocabulary.id(of: [UInt8($0)]) }
    if let missing = byteTokens.firstIndex(of: -1) {
      throw TokenizerError(
        .inconsistent, source: path, subject: "vocab", found: "none for the single byte \(missing)",
        expected: "a token for each of the 256 bytes")
    }
    var model = TokenizerModel(
      vocabulary: vocabulary, addedTokens: added, preTokenizer: PreTokenizer(stages: [split]),
      merging: .rankedBytes, looksUpWholePieces: true, byteTokens: byteTokens)
    model.bosTokenID = file.specials.firstIndex(of: "<s>").map(Int32.init)
    model.eosTokenID = file.specials.firstIndex(of: "</s>").map(Int32.init)
    model.setEnds(addBOS: addBOS ?? (model.bosTokenID != nil), addEOS: nil)
    return Tokenizer(model)
  }
}
