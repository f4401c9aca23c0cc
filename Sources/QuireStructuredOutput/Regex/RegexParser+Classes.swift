import QuireExpressions

extension RegexParser {
  /// Passes the class whose `[` stands at `position`.
  mutating func characterClass() throws(ConstraintError) -> ScalarSet {
    let start = position
    position += 1
    let isNegated = consume("^")
    if peek == "]" { throw unsupported("']' first in a class, which dialects read differently", "'\\]'") }
    var members: [DialectSet] = []
    while let next = peek, next != "]" {
      if next == "[", position + 1 < scalars.count, [":", ".", "="].contains(scalars[position + 1]) {
        throw unsupported("a POSIX class", "ranges and \\d \\w \\s")
      }
      let low = try classMember()
      guard peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        members.append(low.set)
        continue
      }
      position += 1
      let high = try classMember()
      guard let first = low.scalar, let last = high.scalar else {
        throw malformed("a range between classes", "a range between two characters")
      }
      guard first <= last else { throw malformed("a range that runs backwards", "its lower end first") }
      members.append(DialectSet(ScalarSet([first.value...last.value])))
    }
    guard consume("]") else {
      position = start
      throw malformed("'[' without its ']'", "a closed class")
    }
    let union = folded(DialectSet(unionOf: members))
    let both = isNegated ? union.inverted : union
    let set = isOuter ? both.outer : both.inner
    guard !set.isEmpty else {
      position = start
      throw ConstraintError(
        .unsatisfiable, located, found: "a class without characters", expected: "at least one")
    }
    return set
  }

  private mutating func classMember() throws(ConstraintError) -> (set: DialectSet, scalar: Unicode.Scalar?) {
    guard let next = peek else { throw malformed("the end inside a class", "']'") }
    if next == "\\" {
      let set = try escape()
      let isOne =
        set.inner == set.outer && set.inner.ranges.count == 1 && set.inner.ranges[0].count == 1
      return (set, isOne ? Unicode.Scalar(set.inner.ranges[0].lowerBound) : nil)
    }
    position += 1
    return (DialectSet(ScalarSet(next)), next)
  }

  /// Passes the escape whose `\` stands at `position`.
  mutating func escape() throws(ConstraintError) -> DialectSet {
    guard position + 1 < scalars.count else { throw malformed("'\\' at the end", "an escaped character") }
    let scalar = scalars[position + 1]
    func single(_ scalar: Unicode.Scalar) -> DialectSet { DialectSet(ScalarSet(scalar)) }
    let set: DialectSet
    switch scalar {
    case "d": set = .digits
    case "D": set = DialectSet.digits.inverted
    case "w": set = .wordCharacters
    case "W": set = DialectSet.wordCharacters.inverted
    case "s": set = .whitespace
    case "S": set = DialectSet.whitespace.inverted
    case "n": set = single("\n")
    case "r": set = single("\r")
    case "t": set = single("\t")
    case "f": set = single("\u{C}")
    case "v": set = single("\u{B}")
    case "u": return single(try unicodeEscape())
    case "x":
      let value = try hexadecimal(at: position + 2, count: 2)
      position += 4
      return single(Unicode.Scalar(value)!)
    case "b", "B": throw unsupported("a word boundary '\\\(scalar)'", "no word boundaries")
    case "A", "Z", "z", "G": throw unsupported("the anchor '\\\(scalar)'", "'^' and '$' at the ends")
    case "0": throw unsupported("'\\0'", "'\\x00'")
    case "1"..."9", "k": throw unsupported("a backreference '\\\(scalar)'", "no backreferences")
    case "p", "P": throw unsupported("a Unicode property '\\\(scalar)'", "classes of characters and ranges")
    case "a"..."z", "A"..."Z":
      throw unsupported(
        "the escape '\\\(scalar)'", "\\d \\D \\w \\W \\s \\S \\n \\r \\t \\f \\v \\xXX \\uXXXX")
    default: set = single(scalar)
    }
    position += 2
    return set
  }

  private mutating func unicodeEscape() throws(ConstraintError) -> Unicode.Scalar {
    let unit = try hexadecimal(at: position + 2, count: 4)
    if let scalar = Unicode.Scalar(unit) {
      position += 6
      return scalar
    }
    guard unit < 0xDC00, position + 7 < scalars.count, scalars[position + 6] == "\\",
      scalars[position + 7] == "u"
    else { throw malformed("half a surrogate pair", "both halves, or the character itself") }
    let low = try hexadecimal(at: position + 8, count: 4)
    guard (0xDC00...0xDFFF).contains(low) else {
      throw malformed("half a surrogate pair", "both halves, or the character itself")
    }
    position += 12
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
  }

  private func hexadecimal(at start: Int, count: Int) throws(ConstraintError) -> UInt32 {
    guard start + count <= scalars.count,
      let value = UInt32(String(String.UnicodeScalarView(scalars[start..<start + count])), radix: 16),
      scalars[start] != "+", scalars[start] != "-"
    else { throw malformed("an escape without its digits", "\(count) hexadecimal digits") }
    return value
  }
}
