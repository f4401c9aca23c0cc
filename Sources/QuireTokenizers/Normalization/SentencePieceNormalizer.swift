/// SentencePiece's normalizer: compiled rules, white space, and the space in front (its `normalizer.cc`).
struct SentencePieceNormalizer: Sendable {
  /// Where a space is put before a text.
  enum SpacePrefix: Sendable {
    /// Before no text.
    case none
    /// Before what begins the whole text.
    case atTextStart
    /// Before each part of a text, also what follows a control token, as in llama.cpp.
    case everywhere
  }

  /// U+2581, which stands for a space in pieces.
  static let spaceSymbol: [UInt8] = [0xE2, 0x96, 0x81]

  /// The compiled rules; nil leaves characters as they are.
  var characterMap: CharacterMap?
  /// Where the space in front, or behind with ``spaceFollows``, is put.
  var spacePrefix = SpacePrefix.atTextStart
  /// Whether spaces go at both ends, and runs of them become one.
  var removesExtraSpaces = false
  /// Whether a space is written ``spaceSymbol``.
  var escapesSpaces = true
  /// Whether the added space stands behind the text.
  var spaceFollows = false
  /// Finds the tokens that the rules leave alone.
  var protected: AddedTokenMatcher?

  /// The normalised text; O(bytes).
  func normalized(_ text: UnsafeBufferPointer<UInt8>, beginsText: Bool) -> [UInt8] {
    let space = escapesSpaces ? Self.spaceSymbol : [UInt8(ascii: " ")]
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 4 + 3)
    var position = 0
    if removesExtraSpaces {
      while position < text.count {
        let (chunk, end) = chunk(of: text, at: position)
        guard chunk.elementsEqual(CollectionOfOne(UInt8(ascii: " "))) else { break }
        position = end
      }
    }
    if position == text.count { return [] }
    let addsSpace = spacePrefix == .everywhere || (spacePrefix == .atTextStart && beginsText)
    if addsSpace, !spaceFollows { output += space }
    var followsSpace = removesExtraSpaces
    while position < text.count {
      let (chunk, end) = chunk(of: text, at: position)
      position = end
      var rest = chunk[...]
      if followsSpace { rest = rest.drop { $0 == UInt8(ascii: " ") } }
      for byte in rest {
        if byte == UInt8(ascii: " ") { output += space } else { output.append(byte) }
      }
      if !rest.isEmpty { followsSpace = removesExtraSpaces && rest.last == UInt8(ascii: " ") }
    }
    if removesExtraSpaces {
      while output.suffix(space.count).elementsEqual(space) { output.removeLast(space.count) }
    }
    if addsSpace, spaceFollows { output += space }
    return output
  }

  /// The normalised form of what begins at `position`, and where that ends in the text.
  private func chunk(
    of text: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (UnsafeBufferPointer<UInt8>, end: Int) {
    if let length = protected?.matchLength(in: text, at: position) {
      return (UnsafeBufferPointer(rebasing: text[position..<(position + length)]), position + length)
    }
    if let match = characterMap?.longestMatch(in: text, at: position) {
      return (match.replacement, position + match.length)
    }
    let end = position + TextScanner(text).scalarLength(at: position)
    return (UnsafeBufferPointer(rebasing: text[position..<end]), end)
  }
}
