/// Text to token ids and back, as Hugging Face tokenizers, SentencePiece and tiktoken do it.
///
/// Immutable and usable from any number of threads.
public final class Tokenizer: Sendable {
  /// One more than the largest token id; ids without a token count too.
  public let vocabularySize: Int
  /// The beginning-of-text token, where one is known.
  public let bosTokenID: Int32?
  /// The end-of-text token, where one is known.
  public let eosTokenID: Int32?
  /// Whether `encode` with `addSpecialTokens` puts ``bosTokenID`` first.
  public let addsBOS: Bool
  /// Whether `encode` with `addSpecialTokens` puts ``eosTokenID`` last.
  public let addsEOS: Bool

  let model: TokenizerModel
  /// The matcher of tokens that are looked for before normalisation.
  let rawMatcher: AddedTokenMatcher
  /// The matcher of tokens that are looked for after it; nil where there are none.
  let normalizedMatcher: AddedTokenMatcher?
  /// The ids of control tokens by their texts.
  let controlTokenIDs: [[UInt8]: Int32]
  /// For each id, whether it is special.
  private let specialFlags: [Bool]
  /// The most bytes of a text that one token can stand for; nil where there is no such bound.
  let mostBytesPerToken: Int?
  /// For each byte, whether it vanishes when a text is encoded; nil where none does.
  let droppedBytes: [Bool]?

  init(_ model: TokenizerModel) {
    self.model = model
    vocabularySize = model.vocabulary.count
    bosTokenID = model.bosTokenID
    eosTokenID = model.eosTokenID
    addsBOS = model.bosTokenID != nil && model.prefixTokens.first == model.bosTokenID
    addsEOS = model.eosTokenID != nil && model.suffixTokens.last == model.eosTokenID
    rawMatcher = AddedTokenMatcher(model.addedTokens.filter { !$0.isNormalized })
    let normalized = model.addedTokens.filter(\.isNormalized).map { token in
      var token = token
      token.content = model.normalizer.normalizedToken(token.content)
      return token
    }
    normalizedMatcher = normalized.isEmpty ? nil : AddedTokenMatcher(normalized)
    var flags = [Bool](repeating: false, count: model.vocabulary.count)
    for token in model.addedTokens where token.isSpecial { flags[Int(token.id)] = true }
    specialFlags = flags
    controlTokenIDs = Dictionary(
      model.addedTokens.filter(\.isSpecial).map { ($0.content, $0.id) },
      uniquingKeysWith: { first, _ in first })
    mostBytesPerToken = model.mostBytesPerToken
    droppedBytes = model.droppedBytes
  }

  /// Whether `id` is a control token, which `decode` skips by default; false for ids outside the vocabulary.
  public func isSpecial(_ id: Int32) -> Bool {
    id >= 0 && Int(id) < specialFlags.count && specialFlags[Int(id)]
  }

  /// Calls `body` with the bytes of `id`, which may be part of a character; none for an id without a token.
  package func withBytes<R, E: Error>(
    of id: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R
  ) throws(E) -> R {
    guard id >= 0, Int(id) < vocabularySize else {
      return try body(UnsafeBufferPointer(start: nil, count: 0))
    }
    return try body(model.vocabulary.bytes(of: Int(id)))
  }

  /// The bytes of `id`, which may be part of a character; none for an id without a token.
  public func bytes(of id: Int32) -> [UInt8] {
    withBytes(of: id) { Array($0) }
  }

  /// The token decoded alone; parts of characters become U+FFFD.
  public func tokenText(_ id: Int32) -> String {
    withBytes(of: id) { String(decoding: $0, as: UTF8.self) }
  }

  /// The id of the added token written `text` (`<|im_end|>`), or nil; texts are compared scalar by scalar.
  public func specialTokenID(_ text: String) -> Int32? {
    model.addedTokens.first { $0.content.elementsEqual(text.utf8) }?.id
  }
}
