/// A control token of a vocabulary.
public struct SpecialToken: Sendable, Equatable {
  /// The token's id.
  public let id: Int32
  /// The token's text.
  public let text: String
  /// What the model's files call it: `bos`, `eos`, `pad`, `unk` and the like; none for most.
  public let roles: [String]
}

extension Tokenizer {
  /// The ids with the tokens around them that the tokenizer puts around a text.
  package func addingSpecialTokens(to ids: [Int32]) -> [Int32] {
    model.prefixTokens + ids + model.suffixTokens
  }

  /// The tokens that the tokenizer puts before a text.
  package var tokensBeforeText: [Int32] { model.prefixTokens }

  /// Whether ids begin with two BOS tokens, of which the tokenizer has put the first before a text.
  package func hasDoubledBOS(_ ids: [Int32]) -> Bool {
    addsBOS && ids.count > model.prefixTokens.count && ids.starts(with: model.prefixTokens)
      && ids[model.prefixTokens.count] == bosTokenID
  }

  /// The control token that a stop string names, blanks around it left aside; nil for any other text.
  ///
  /// Control tokens have no text where they are skipped, so that a search in the text would never find them.
  package func controlToken(namedBy text: String) -> Int32? {
    let bytes = Array(text.utf8)
    let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
    let bare = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return controlTokenIDs[Array(bare)]
  }

  /// The control tokens, by ascending id: those that text from users does not become, and that decoding leaves out.
  public var specialTokens: [SpecialToken] {
    model.addedTokens.filter(\.isSpecial).sorted { $0.id < $1.id }.map { token in
      var roles = model.roles[token.id] ?? []
      for (role, id) in [("eos", eosTokenID), ("bos", bosTokenID)]
      where id == token.id && !roles.contains(role) {
        roles.insert(role, at: 0)
      }
      return SpecialToken(id: token.id, text: String(decoding: token.content, as: UTF8.self), roles: roles)
    }
  }
}
