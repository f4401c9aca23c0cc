/// Spaces written as another character, as the Metaspace pre-tokenizer of Hugging Face tokenizers does it.
struct Metaspace: Equatable, Sendable {
  /// Where the replacement is put before a text that does not begin with it.
  enum Prefix: String, Sendable {
    /// Before every part of a text.
    case always
    /// Before what begins the whole text.
    case first
    /// Before no text.
    case never
  }

  /// What stands for a space, one character in UTF-8.
  var replacement: [UInt8]
  /// Where it is put in front.
  var prefix: Prefix
  /// Whether a piece begins at each replacement.
  var splits: Bool

  /// The text with its spaces replaced.
  func replaced(_ text: UnsafeBufferPointer<UInt8>, beginsText: Bool) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 2 + 4)
    let addsPrefix = prefix == .always || (prefix == .first && beginsText)
    if addsPrefix, text.first != UInt8(ascii: " "), !text.starts(with: replacement) { output += replacement }
    for byte in text {
      if byte == UInt8(ascii: " ") { output += replacement } else { output.append(byte) }
    }
    return output
  }

  /// Where the piece of a replaced text that starts at `start` ends: before the next replacement.
  func pieceEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start + TextScanner(text).scalarLength(at: start)
    while end < text.count {
      if text[end] == replacement[0], text[end...].starts(with: replacement) { return end }
      end += 1
    }
    return end
  }
}
