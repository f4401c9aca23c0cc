extension SplitPattern {
  /// The next match of Qwen's or Llama 3's pattern, whose numbers are runs of at most `digits`.
  @inline(__always) static func cl100kEnd(in text: TextScanner, from start: Int, digits: Int) -> Int {
    let lead = text.base[start]
    if lead == UInt8(ascii: "'") {
      let end = contractionEnd(in: text, from: start, ignoreCase: true)
      if end > start { return end }
    }
    let kind = text.scalarClass(at: start)
    let next = start + text.scalarLength(at: start)
    if kind.isLetter { return text.runEnd(from: next) { $0.isLetter } }
    if kind.isNumber { return numbersEnd(in: text, from: start, most: digits) }
    if next < text.count {
      let following = text.scalarClass(at: next)
      if !kind.isNewline, following.isLetter {
        return text.runEnd(from: next + text.scalarLength(at: next)) { $0.isLetter }
      }
      if lead == UInt8(ascii: " "), following.isOther {
        return punctuationEnd(in: text, from: next)
      }
    }
    if kind.isOther { return punctuationEnd(in: text, from: start) }
    return blankEnd(in: text, from: start)
  }

  /// `[^\s\p{L}\p{N}]+[\r\n]*`
  @inline(__always) private static func punctuationEnd(in text: TextScanner, from start: Int) -> Int {
    let end = text.runEnd(from: start) { $0.isOther }
    return text.runEnd(from: end) { $0.isNewline }
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last newline of the run, if it has one.
  private static func blankEnd(in text: TextScanner, from start: Int) -> Int {
    var end = start
    var lastNewlineEnd = start
    while end < text.count {
      let kind = text.scalarClass(at: end)
      if !kind.isWhitespace { break }
      end += text.scalarLength(at: end)
      if kind.isNewline { lastNewlineEnd = end }
    }
    if lastNewlineEnd > start { return lastNewlineEnd }
    return whitespaceEnd(in: text, from: start, runEnd: end)
  }
}
