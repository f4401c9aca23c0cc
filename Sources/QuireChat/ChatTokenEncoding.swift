/// What a chat format needs of a tokenizer.
package protocol ChatTokenEncoding: Sendable {
  /// The ids of plain text: control tokens written in it stay ordinary text where `isSpecial` says so, and no BOS is
  /// added.
  /// - Parameter beginsText: false where text or tokens stand before it: many tokenizers put a space before what begins a
  ///   text alone.
  func encodePlain(_ text: String, beginsText: Bool) -> [Int32]
  /// The ids of a text of which only the parts `ranges` (in bytes, ascending and disjoint) are trusted: control tokens
  /// become such there alone, and `guardedIDs` are control tokens though they are not special.
  func encode(_ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) -> [Int32]
  /// The added tokens whose text stands in `text`.
  func addedTokenIDs(in text: String) -> Set<Int32>
  /// A number of tokens that the encoding of `text` cannot stay below, found without encoding it.
  func leastTokenCount(_ text: String) -> Int
  /// The bytes that a token stands for; concatenated over `encodePlain(text)` they are the text's UTF-8
  /// (after the tokenizer's normalisation, if it has one, and behind the space that some put in front).
  func bytes(of id: Int32) -> [UInt8]
  /// The text of a token, control tokens included.
  func tokenText(_ id: Int32) -> String
  /// The id of a control token, or nil when the tokenizer has none of that text.
  func specialTokenID(_ text: String) -> Int32?
  /// Whether `encodePlain` leaves the token's text in a message alone; other added tokens it may recognise.
  func isSpecial(_ id: Int32) -> Bool
  /// The beginning-of-text token, if there is one.
  var bosTokenID: Int32? { get }
  /// The end-of-text token, if there is one.
  var eosTokenID: Int32? { get }
}
