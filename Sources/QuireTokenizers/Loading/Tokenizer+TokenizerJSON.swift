import QuireJSON
package import QuireModelFiles

extension Tokenizer {
  /// Loads Hugging Face's `tokenizer.json` of a byte-level BPE.
  ///
  /// Everything in the file is followed as written; `truncation` and `padding` are not a tokenizer's and are left aside. As in
  /// transformers 5, its post-processor alone decides about BOS and EOS.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - stated: the tokens that the files beside it state.
  /// - Throws: ``TokenizerError``: unreadable, malformed, inconsistent, or `unsupported` with the name of what is.
  package static func load(
    tokenizerJSON path: String, stated: StatedTokens = StatedTokens()
  ) throws(TokenizerError) -> Tokenizer {
    Tokenizer(try TokenizerJSON(parsing: try TokenizerFile.read(path), source: path).model(stated))
  }
}

extension TokenizerModel {
  /// Adds BOS and EOS to the tokens around a text, or takes them away; where there is no such token nothing is added, as in
  /// transformers.
  mutating func setEnds(addBOS: Bool?, addEOS: Bool?) {
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
