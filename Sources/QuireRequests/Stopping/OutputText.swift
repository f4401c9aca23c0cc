/// The text of one answer as it grows: searches stop strings, cuts at them, and lends a stream the part that no
/// later stop string can take back.
package struct OutputText: Sendable {
  /// The text so far; cut at the stop string once one is found.
  package private(set) var text = ""
  /// The stop string that ended the text.
  package private(set) var stopString: String?

  private var matcher: StopStringMatcher
  /// What ``foresee(_:isExempt:)`` has read since the last piece, and the matcher that read it.
  private var foreseen: (text: String, matcher: StopStringMatcher)?
  private let includesStopString: Bool
  private var releasedByteCount = 0

  /// An empty text that ends at the first of the strings that `matcher`, at its beginning, finds; with `includesStopString`
  /// the cut comes after it.
  package init(_ matcher: StopStringMatcher, includesStopString: Bool) {
    self.matcher = matcher
    self.includesStopString = includesStopString
  }

  /// Number of Unicode scalars at the end of the text that a stream may not show before the text is finished:
  /// a stop string that begins in them may end in the next piece.
  package var heldBackScalarCount: Int {
    includesStopString ? 0 : max(0, matcher.longestScalarCount - 1)
  }

  /// Appends the text of the next token (possibly empty); true when a stop string ended the text with it.
  ///
  /// `isExempt` says that no stop string can end within this piece. Nothing may be appended after true.
  package mutating func append(_ piece: String, isExempt: Bool = false) -> Bool {
    precondition(stopString == nil, "the text has ended")
    if piece.isEmpty { return false }
    text += piece
    var unread = piece[...]
    if let foreseen, piece.utf8.starts(with: foreseen.text.utf8) {
      matcher = foreseen.matcher
      unread = piece[piece.utf8.index(piece.startIndex, offsetBy: foreseen.text.utf8.count)...]
    }
    foreseen = nil
    guard let match = matcher.append(unread, isExempt: isExempt) else { return false }
    cut(at: match)
    return true
  }

  /// Reads text that will stand at the front of the next piece unless later tokens spoil it; true when a stop string ends
  /// the text within it: then it has been appended, and nothing can spoil it any more.
  package mutating func foresee(_ piece: String, isExempt: Bool = false) -> Bool {
    if piece.isEmpty || matcher.strings.isEmpty { return false }
    var ahead = foreseen ?? ("", matcher)
    ahead.text += piece
    guard let match = ahead.matcher.append(piece[...], isExempt: isExempt) else {
      foreseen = ahead
      return false
    }
    text += ahead.text
    cut(at: match)
    return true
  }

  private mutating func cut(at match: StopStringMatcher.Match) {
    stopString = matcher.strings[match.stringIndex]
    let end = includesStopString ? match.byteRange.upperBound : match.byteRange.lowerBound
    text.removeSubrange(text.utf8.index(text.startIndex, offsetBy: end)...)
  }

  /// The text that a stream may show and has not yet been given; all of the rest when `isFinished`.
  ///
  /// The pieces of all calls, joined, are the final text. Costs O(new text + held back).
  package mutating func takeReleasable(isFinished: Bool) -> String {
    let scalars = text.unicodeScalars
    let start = text.utf8.index(text.startIndex, offsetBy: releasedByteCount)
    var end = scalars.endIndex
    if !isFinished && stopString == nil {
      var remaining = heldBackScalarCount
      while remaining > 0 && end > start {
        end = scalars.index(before: end)
        remaining -= 1
      }
    }
    guard start < end else { return "" }
    let released = String(scalars[start..<end])
    releasedByteCount += released.utf8.count
    return released
  }
}
