/// A token found in the text as written, before pre-tokenisation.
struct AddedToken: Equatable, Sendable {
  /// The token's id.
  var id: Int32
  /// The token's text in UTF-8.
  var content: [UInt8]
  /// A control token, which text from users must not become.
  var isSpecial = true
  /// Looked for after normalisation, not before.
  var isNormalized = false
  /// Takes the whitespace on its left.
  var stripsLeft = false
  /// Takes the whitespace on its right.
  var stripsRight = false
  /// Only where no word character touches it.
  var isSingleWord = false
}
