import QuireExpressions

extension GBNFParser {
  /// Passes the text in quotes that begins here.
  mutating func literal() throws(ConstraintError) -> String {
    let start = text.position
    text.position += 1
    var scalars = String.UnicodeScalarView()
    while let next = text.peek, next != "\"" {
      guard next != "\n" else { break }
      scalars.append(next == "\\" ? try escape() : next)
      if next != "\\" { text.position += 1 }
    }
    guard text.consume("\"") else { throw text.malformed("'\"' without its end", "a closed text", at: start) }
    return String(scalars)
  }

  /// Passes the class whose `[` stands here.
  mutating func characterClass() throws(ConstraintError) -> ScalarSet {
    let start = text.position
    text.position += 1
    let isNegated = text.consume("^")
    var ranges: [ClosedRange<UInt32>] = []
    while let next = text.peek, next != "]", next != "\n" {
      let low = try member()
      let hasRange =
        text.peek == "-" && text.position + 1 < text.scalars.count && text.scalars[text.position + 1] != "]"
      guard hasRange else {
        ranges.append(low.value...low.value)
        continue
      }
      let place = text.position
      text.position += 1
      let high = try member()
      guard low <= high else {
        throw text.malformed("a range that runs backwards", "its lower end first", at: place)
      }
      ranges.append(low.value...high.value)
    }
    guard text.consume("]") else { throw text.malformed("'[' without its ']'", "a closed class", at: start) }
    let set = isNegated ? ScalarSet(ranges).inverted : ScalarSet(ranges)
    guard !set.isEmpty else {
      throw text.malformed("a class without characters", "at least one", at: start)
    }
    return set
  }

  private mutating func member() throws(ConstraintError) -> Unicode.Scalar {
    guard let next = text.peek else { throw text.malformed(text.found, "']'") }
    if next == "\\" { return try escape() }
    text.position += 1
    return next
  }

  /// Passes the escape whose `\` stands here.
  private mutating func escape() throws(ConstraintError) -> Unicode.Scalar {
    let start = text.position
    text.position += 1
    guard let letter = text.peek else { throw text.malformed("'\\' at the end", "an escaped character") }
    text.position += 1
    switch letter {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "a": return "\u{7}"
    case "v": return "\u{B}"
    case "0": return "\u{0}"
    case "e": return "\u{1B}"
    case "x":
      let value = try text.hexadecimal(2)
      if let next = text.peek, next.isASCII, Character(next).isHexDigit {
        throw text.unsupported(
          "'\\x' before more than two digits, which dialects read differently", "'\\u' and four digits",
          at: start)
      }
      return Unicode.Scalar(value)!
    case "u", "U":
      guard let scalar = Unicode.Scalar(try text.hexadecimal(letter == "u" ? 4 : 8)) else {
        throw text.malformed("an escape of no character", "a Unicode scalar value", at: start)
      }
      return scalar
    default:
      guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9").contains(letter), letter != "\n"
      else {
        throw text.unsupported("the escape '\\\(letter)'", "\\n \\r \\t \\xXX \\uXXXX \\UXXXXXXXX", at: start)
      }
      return letter
    }
  }
}
