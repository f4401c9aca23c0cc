/// The regular expressions that cut text into pieces before merging, as hand-written scanners.
///
/// Every pattern but ``number(most:)`` covers every text: its matches follow each other without a gap.
enum SplitPattern: Equatable, Sendable {
  /// GPT-2's, also that of the ByteLevel pre-tokenizer:
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  case gpt2
  /// Qwen's (`digits` 1) and Llama 3's (`digits` 3), a descendant of cl100k's:
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
  case cl100k(digits: Int)
  /// `\p{N}{1,most}`, what lies between the matches being pieces too.
  case number(most: Int)

  /// Qwen's expression as published.
  static let qwenExpression =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The pattern of a regular expression as published in tokenizer files, or nil for an unknown one.
  init?(regularExpression: String) {
    let contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    let words = #"|[^\r\n\p{L}\p{N}]?\p{L}+|"#
    switch regularExpression {
    case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"#:
      self = .gpt2
    case contraction + words + #"\p{N}"# + tail: self = .cl100k(digits: 1)
    case contraction + words + #"\p{N}{1,3}"# + tail: self = .cl100k(digits: 3)
    case #"\p{N}"#: self = .number(most: 1)
    case #"\p{N}{1,3}"#: self = .number(most: 3)
    default: return nil
    }
  }

  /// Whether the matches follow each other without a gap in every text.
  var coversText: Bool {
    switch self {
    case .gpt2, .cl100k: true
    case .number: false
    }
  }

  /// Where the piece that starts at `start` ends; `start` is a piece's start and less than the text's length.
  @inline(__always) func pieceEnd(in text: TextScanner, from start: Int) -> Int {
    switch self {
    case .gpt2: return Self.gpt2End(in: text, from: start)
    case .cl100k(let digits): return Self.cl100kEnd(in: text, from: start, digits: digits)
    case .number(let most): return Self.numberEnd(in: text, from: start, most: most)
    }
  }

  private static func numberEnd(in text: TextScanner, from start: Int, most: Int) -> Int {
    if !text.scalarClass(at: start).isNumber {
      return text.runEnd(from: start) { !$0.isNumber }
    }
    return numbersEnd(in: text, from: start, most: most)
  }

  /// Up to `most` numbers.
  @inline(__always)
  static func numbersEnd(in text: TextScanner, from start: Int, most: Int) -> Int {
    var end = start
    var numberCount = 0
    while numberCount < most, end < text.count, text.scalarClass(at: end).isNumber {
      end += text.scalarLength(at: end)
      numberCount += 1
    }
    return end
  }

  /// `\s+(?!\S)|\s+` over the whitespace run that ends at `runEnd`: before text the last whitespace stays behind, unless it is the only one.
  @inline(__always)
  static func whitespaceEnd(in text: TextScanner, from start: Int, runEnd: Int) -> Int {
    if runEnd == text.count { return runEnd }
    let last = text.previous(runEnd)
    return last > start ? last : runEnd
  }

  /// The end of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll` at `start`, where an apostrophe stands, or `start`.
  ///
  /// With `ignoreCase`, U+017F (ſ) is an s too: simple case folding makes them equal. No other scalar beyond ASCII folds to these letters.
  @inline(__always)
  static func contractionEnd(in text: TextScanner, from start: Int, ignoreCase: Bool) -> Int {
    let rest = text.count - start
    if rest < 2 { return start }
    let caseBit: UInt8 = ignoreCase ? 0x20 : 0
    let first = text.base[start + 1]
    switch first | caseBit {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      if rest > 2, text.base[start + 2] | caseBit == UInt8(ascii: "e") { return start + 3 }
    case UInt8(ascii: "l"):
      if rest > 2, text.base[start + 2] | caseBit == UInt8(ascii: "l") { return start + 3 }
    default:
      if ignoreCase, rest > 2, first == 0xC5, text.base[start + 2] == 0xBF { return start + 3 }
    }
    return start
  }
}
