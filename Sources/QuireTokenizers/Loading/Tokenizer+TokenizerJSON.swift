import QuireJSON

extension Tokenizer {
  /// Loads Hugging Face's `tokenizer.json` of a byte-level BPE.
  ///
  /// Everything in the file is followed as written; `truncation` and `padding` are not a tokenizer's and are left aside.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - bosToken: text of the beginning-of-text token (tokenizer_config.json's `bos_token`); nil takes the first one that the
  ///     post-processor puts before a text.
  ///   - eosToken: text of the end-of-text token; nil takes the last one that the post-processor puts after a text.
  ///   - addBOS: true or false overrides whether BOS is added (`add_bos_token`); nil leaves it to the post-processor.
  ///   - addEOS: the same of EOS.
  /// - Throws: ``TokenizerError``: unreadable, malformed, inconsistent, or `unsupported` with the name of what is.
  package static func load(
    tokenizerJSON path: String, bosToken: String? = nil, eosToken: String? = nil, addBOS: Bool? = nil,
    addEOS: Bool? = nil
  ) throws(TokenizerError) -> Tokenizer {
    var model = try TokenizerJSON(parsing: try TokenizerFile.read(path), source: path).model()
    model.bosTokenID =
      try model.endToken(bosToken, source: path, name: "bos_token") ?? model.prefixTokens.first
    model.eosTokenID =
      try model.endToken(eosToken, source: path, name: "eos_token") ?? model.suffixTokens.last
    try model.setEnds(addBOS: addBOS, addEOS: addEOS, source: path)
    return Tokenizer(model)
  }
}

extension TokenizerModel {
  /// The id of an end token given as text.
  fileprivate func endToken(_ text: String?, source: String, name: String) throws(TokenizerError) -> Int32? {
    guard let text else { return nil }
    if let added = addedTokens.first(where: { $0.content.elementsEqual(text.utf8) }) { return added.id }
    let id = vocabulary.id(of: text.utf8)
    guard id >= 0 else {
      throw TokenizerError(
        .inconsistent, source: source, subject: name, found: text, expected: "a token of the vocabulary")
    }
    return id
  }

  /// Adds BOS and EOS to the tokens around a text, or takes them away.
  mutating func setEnds(addBOS: Bool?, addEOS: Bool?, source: String) throws(TokenizerError) {
    for (add, id, name) in [(addBOS, bosTokenID, "BOS"), (addEOS, eosTokenID, "EOS")] where add == true {
      if id == nil {
        throw TokenizerError(
          .inconsistent, source: source, subject: "adding \(name)", found: "no \(name) token",
          expected: "its text or id")
      }
    }
    if let addBOS, let bosTokenID {
      if prefixTokens.first == bosTokenID { prefixTokens.removeFirst() }
      if addBOS { prefixTokens.insert(bosTokenID, at: 0) }
    }
    if let addEOS, let eosTokenID {
      if suffixTokens.last == eosTokenID { suffixTokens.removeLast() }
      if addEOS { suffixTokens.append(eosTokenID) }
    }
  }
}
