/// The text of pieces as it grows, token by token.
///
/// Invariant: what was returned so far plus ``finish()`` is the text of the tokens so far. Held back are the bytes of a
/// row of byte tokens, which is one text or, where it is no UTF-8, one U+FFFD a byte.
struct PieceText: Sendable {
  /// The text that the last token completed within an open row; the next ones may still make U+FFFD of it.
  private(set) var opened = ""
  /// The bytes of an open row that may still become UTF-8.
  private var row: [UInt8] = []
  /// How many bytes of the open row are whole characters.
  private var wholeByteCount = 0
  /// Whether the open row can no more be UTF-8.
  private var rowIsBroken = false
  /// How many characters may still be stripped from the front.
  private var strippable: Int
  private var isFirst: Bool

  /// A text that has nothing, or that goes on after another with `beginsText` false.
  init(_ decoding: PieceDecoding, beginsText: Bool) {
    strippable = beginsText ? decoding.strippedCount : 0
    isFirst = beginsText
  }

  /// The text that `id`, whose own text is `text`, settles.
  mutating func append(
    _ id: Int32, _ text: UnsafeBufferPointer<UInt8>, _ decoding: PieceDecoding
  ) -> String {
    defer { isFirst = false }
    opened = ""
    let value = Int(id) < decoding.byteValues.count && id >= 0 ? decoding.byteValues[Int(id)] : -1
    guard value < 0 else { return append(byte: UInt8(truncatingIfNeeded: value), decoding) }
    let settled = finishRow(decoding)
    if isFirst, decoding.readsFirstOtherwise, let pieces = decoding.pieces, !text.isEmpty {
      let first = decoding.text(of: pieces.bytes(of: Int(id)), isFirst: true)
      return settled + stripping(String(decoding: first, as: UTF8.self), decoding)
    }
    return settled + stripping(String(decoding: text, as: UTF8.self), decoding)
  }

  /// What is held back; the text is as new afterwards, but goes on.
  mutating func finish(_ decoding: PieceDecoding) -> String { finishRow(decoding) }

  private mutating func append(byte: UInt8, _ decoding: PieceDecoding) -> String {
    if rowIsBroken { return stripping("\u{FFFD}", decoding) }
    row.append(byte)
    let rest = Array(row[wholeByteCount...])
    if let character = String(validating: rest, as: UTF8.self) {
      wholeByteCount = row.count
      opened = character
      return ""
    }
    if UnfinishedCharacter.length(atEndOf: rest) == rest.count { return "" }
    rowIsBroken = true
    return stripping(takeRow(), decoding)
  }

  private mutating func finishRow(_ decoding: PieceDecoding) -> String {
    rowIsBroken = false
    opened = ""
    return row.isEmpty ? "" : stripping(takeRow(), decoding)
  }

  /// The text of the open row, which is empty afterwards.
  private mutating func takeRow() -> String {
    let text =
      wholeByteCount == row.count
      ? String(decoding: row, as: UTF8.self) : String(repeating: "\u{FFFD}", count: row.count)
    row.removeAll()
    wholeByteCount = 0
    return text
  }

  /// The text without what is still to be stripped from the front of the whole.
  private mutating func stripping(_ text: String, _ decoding: PieceDecoding) -> String {
    if strippable == 0 || text.isEmpty { return text }
    var rest = text.utf8[...]
    while strippable > 0, !rest.isEmpty {
      guard rest.starts(with: decoding.stripped) else {
        strippable = 0
        break
      }
      rest = rest.dropFirst(decoding.stripped.count)
      strippable -= 1
    }
    return String(Substring(rest))
  }
}
