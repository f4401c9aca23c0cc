extension SplitPattern {
  /// The next match of GPT-2's pattern.
  @inline(__always) static func gpt2End(in text: TextScanner, from start: Int) -> Int {
    var position = start
    let lead = text.base[start]
    if lead == UInt8(ascii: "'") {
      let end = contractionEnd(in: text, from: start, ignoreCase: false)
      if end > start { return end }
    } else if lead == UInt8(ascii: " ") {
      if start + 1 == text.count { return text.count }
      position = start + 1
    }
    let kind = text.scalarClass(at: position)
    let next = position + text.scalarLength(at: position)
    if kind.isLetter { return text.runEnd(from: next) { $0.isLetter } }
    if kind.isNumber { return text.runEnd(from: next) { $0.isNumber } }
    if kind.isOther { return text.runEnd(from: next) { $0.isOther } }
    return whitespaceEnd(in: text, from: start, runEnd: text.runEnd(from: next) { $0.isWhitespace })
  }
}
