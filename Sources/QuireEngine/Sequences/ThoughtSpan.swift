import QuireRequests

/// Where the thought before an answer stands in the answer's whole text, in bytes of its UTF-8.
///
/// A thought begins in the prompt, or with the start marker where only white space stands before it; it ends with the end
/// marker. What comes later is the answer, whatever markers it holds.
struct ThoughtSpan {
  private let markers: ThoughtMarkers
  /// The start marker's text, empty where the prompt has it; nil before a thought.
  private var opening: Range<Int>?
  /// The end marker's text; nil while the thought is open.
  private var closing: Range<Int>?

  /// An answer without tokens; nil where thoughts are not told apart.
  init?(_ request: PreparedRequest) {
    guard let thought = request.thought, thought.isToldApart else { return nil }
    markers = thought.markers
    opening = thought.isOpen ? 0..<0 : nil
  }

  /// Whether there is a thought, be it without text.
  var hasBegun: Bool { opening != nil }

  /// Whether a thought may begin or end with a token.
  func isBoundary(_ token: Int32) -> Bool {
    opening == nil ? token == markers.startTokenID : closing == nil && token == markers.endTokenID
  }

  /// Takes a token whose text has been appended.
  ///
  /// - Parameters:
  ///   - piece: what the token added, with the marker's text at its end where control tokens are shown.
  ///   - text: the text with it, unless it was cut since.
  ///   - pieceEnd: where `piece` ended in it.
  mutating func append(_ token: Int32, piece: String, to text: String, pieceEnd: Int) {
    guard isBoundary(token) else { return }
    if opening == nil {
      let range = Self.range(of: markers.startText, endOf: piece, at: pieceEnd)
      if text.utf8.prefix(range.lowerBound).allSatisfy(Self.isWhitespace) { opening = range }
    } else {
      closing = Self.range(of: markers.endText, endOf: piece, at: pieceEnd)
    }
  }

  private static func range(of marker: String, endOf piece: String, at end: Int) -> Range<Int> {
    piece.utf8.count >= marker.utf8.count && piece.utf8.suffix(marker.utf8.count).elementsEqual(marker.utf8)
      ? end - marker.utf8.count..<end : end..<end
  }

  private static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
  }

  /// A part of the text that begins at byte `start`: what is said in it, and what is thought.
  func split(_ part: String, from start: Int) -> (text: String, reasoning: String) {
    guard let opening else { return (part, "") }
    let end = start + part.utf8.count
    let closing = closing ?? end..<end
    func cut(_ range: Range<Int>) -> String {
      let inside = range.clamped(to: start..<end)
      let first = part.utf8.index(part.utf8.startIndex, offsetBy: inside.lowerBound - start)
      return String(part[first..<part.utf8.index(first, offsetBy: inside.count)])
    }
    let thoughtStart = opening.upperBound
    return (
      cut(0..<opening.lowerBound) + cut(closing.upperBound..<max(end, closing.upperBound)),
      cut(thoughtStart..<max(closing.lowerBound, thoughtStart))
    )
  }
}
