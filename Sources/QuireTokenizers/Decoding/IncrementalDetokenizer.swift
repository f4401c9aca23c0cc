/// Turns ids into text one by one, holding back what later ids may change.
///
/// Invariant: what was returned so far plus ``finish()`` is `decode` of the ids so far. Of tokens that are bytes at most
/// 3 of an unfinished character are held back; of pieces, a row of byte tokens.
package struct IncrementalDetokenizer: Sendable {
  /// The tokenizer of the ids.
  package let tokenizer: Tokenizer
  /// Whether control tokens are left out of the text.
  package let skipSpecialTokens: Bool
  private var state: State

  private enum State: Sendable {
    case bytes([UInt8])
    case pieces(PieceText)
  }

  /// A detokenizer that has seen nothing.
  ///
  /// - Parameter beginsText: false where the ids go on after others, so that the space that many tokenizers take from
  ///   the front of a text stays.
  package init(tokenizer: Tokenizer, skipSpecialTokens: Bool = true, beginsText: Bool = true) {
    self.tokenizer = tokenizer
    self.skipSpecialTokens = skipSpecialTokens
    switch tokenizer.model.decoding {
    case .bytes: state = .bytes([])
    case .pieces(let decoding): state = .pieces(PieceText(decoding, beginsText: beginsText))
    }
  }

  /// The text that `id` settles; empty while a character is unfinished.
  package mutating func append(_ id: Int32) -> String {
    if skipSpecialTokens && tokenizer.isSpecial(id) { return "" }
    switch state {
    case .bytes(var pending):
      // The state lets go of the bytes, so that they are not copied.
      state = .bytes([])
      tokenizer.withBytes(of: id) { pending.append(contentsOf: $0) }
      defer { state = .bytes(pending) }
      let completeCount = pending.count - UnfinishedCharacter.length(atEndOf: pending)
      if completeCount == 0 { return "" }
      let text = String(decoding: pending[..<completeCount], as: UTF8.self)
      pending.removeFirst(completeCount)
      return text
    case .pieces(var text):
      guard case .pieces(let decoding) = tokenizer.model.decoding else { return "" }
      defer { state = .pieces(text) }
      return tokenizer.withBytes(of: id) { text.append(id, $0, decoding) }
    }
  }

  /// The text that the last id completed and that is held back all the same: it stands unless later byte tokens in
  /// the same row are no UTF-8.
  package var opened: String {
    if case .pieces(let text) = state { text.opened } else { "" }
  }

  /// What is held back, with U+FFFD for unfinished characters; nothing is held back afterwards.
  package mutating func finish() -> String {
    switch state {
    case .bytes(let pending):
      state = .bytes([])
      return String(decoding: pending, as: UTF8.self)
    case .pieces(var text):
      guard case .pieces(let decoding) = tokenizer.model.decoding else { return "" }
      defer { state = .pieces(text) }
      return text.finish(decoding)
    }
  }
}
