import QuireModelFiles

/// Adds the tokens that files beside a vocabulary state, as transformers 5 adds them to a tokenizer.
struct StatedTokenMerger {
  /// How many tokens the model's own vocabulary has.
  let modelTokenCount: Int
  /// Whether named and extra tokens lose their flags, as with Qwen's own class.
  var resetsSpecialTokens = false
  /// Named in errors.
  let source: String
  /// The id of a token of the model's own vocabulary, or -1.
  let token: ([UInt8]) -> Int32
  /// The bytes of an added token's text.
  let spelled: ([UInt8]) -> [UInt8]

  /// Adds what `tokens` lacks; a token that is there takes the stated flags, and stays special where it was. Returns the ids of
  /// the named tokens.
  ///
  /// - Throws: `inconsistent` where the next free id is none.
  func merge(
    _ stated: StatedTokens, into tokens: inout [AddedToken], _ builder: inout VocabularyBuilder
  ) throws(TokenizerError) -> [(name: String, id: Int32)] {
    let named = Set(stated.named.map(\.token.content))
    let known = Set(tokens.map { String(decoding: $0.content, as: UTF8.self) } + stated.added.map(\.content))
    for var token in stated.added where !token.content.isEmpty {
      token.isSpecial = token.isSpecial || named.contains(token.content)
      try add(token, to: &tokens, &builder)
    }
    for var token in stated.named.map(\.token) + stated.extra
    where !token.content.isEmpty && (resetsSpecialTokens || !known.contains(token.content)) {
      token.isSpecial = true
      try add(token, to: &tokens, &builder)
    }
    if resetsSpecialTokens {
      for token in stated.named.map(\.token) + stated.extra {
        let plain = StatedTokens.Token(content: token.content, isSpecial: true, isNormalized: false)
        try add(plain, to: &tokens, &builder)
      }
    }
    return stated.named.compactMap { entry in
      let token = tokens.first { $0.content.elementsEqual(entry.token.content.utf8) }
      return token.map { (entry.name, $0.id) }
    }
  }

  private func add(
    _ stated: StatedTokens.Token, to tokens: inout [AddedToken], _ builder: inout VocabularyBuilder
  ) throws(TokenizerError) {
    let content = Array(stated.content.utf8)
    var added = AddedToken(
      id: 0, content: content, isSpecial: stated.isSpecial, isNormalized: stated.isNormalized,
      stripsLeft: stated.stripsLeft, stripsRight: stated.stripsRight, isSingleWord: stated.isSingleWord)
    if let index = tokens.firstIndex(where: { $0.content == content }) {
      let last = tokens[index]
      added.id = last.id
      if last.isSpecial || !added.isSpecial { added.isNormalized = last.isNormalized }
      added.isSpecial = added.isSpecial || last.isSpecial
      tokens[index] = added
      return
    }
    added.id = token(content)
    if added.id < 0 {
      let last = tokens.map { Int($0.id) }.max() ?? -1
      let id = last >= modelTokenCount ? last + 1 : modelTokenCount
      try builder.add(
        id: id, text: spelled(content), isMatchable: false, subject: "the added token \"\(stated.content)\"")
      added.id = Int32(id)
    }
    tokens.append(added)
  }
}

extension TokenizerModel {
  /// Notes the names of tokens, and which begin and end texts: else the first that the post-processor puts before a text,
  /// and the last that it puts after one.
  mutating func takeNames(_ names: [(name: String, id: Int32)]) {
    for (name, id) in names { roles[id, default: []].append(String(name.replacing("_token", with: ""))) }
    bosTokenID = names.first { $0.name == "bos_token" }?.id ?? prefixTokens.first
    eosTokenID = names.first { $0.name == "eos_token" }?.id ?? suffixTokens.last
  }
}
