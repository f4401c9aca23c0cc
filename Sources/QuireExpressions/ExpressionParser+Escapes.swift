/// What an escape stands for.
enum EscapedAtom {
  case scalar(Unicode.Scalar)
  case set(ScalarSet)
}

extension ExpressionParser {
  /// Passes the escape whose `\` stands at `position`, outside of classes.
  mutating func escape() throws(ExpressionError) -> ExpressionNode {
    let assertions: [Unicode.Scalar: ExpressionAssertion] = [
      "b": .wordBoundary, "B": .notWordBoundary, "A": .textStart, "z": .textEnd, "Z": .textEndOrLastLineEnd,
    ]
    if let next = peek(1) {
      if let assertion = assertions[next] {
        position += 2
        return .assertion(assertion)
      }
      switch next {
      case "R":
        position += 2
        let single = ScalarSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
        return .atomic(
          .alternatives([.sequence([.set(ScalarSet("\r")), .set(ScalarSet("\n"))]), .set(single)]))
      case "N", "O":
        position += 2
        return .set(next == "O" ? .all : CharacterProperty.lineFeed.inverted)
      case "1"..."9", "k": throw unsupported("a backreference '\\\(next)'", "no backreferences")
      case "g": throw unsupported("a call of a group '\\g'", "no calls")
      case "G", "K", "X", "y", "Y": throw unsupported("the escape '\\\(next)'", "no '\\\(next)'")
      default: break
      }
    }
    switch try escapedAtom() {
    case .scalar(let scalar): return literal(scalar)
    case .set(let set): return .set(set)
    }
  }

  /// Passes an escape that stands for characters.
  mutating func escapedAtom() throws(ExpressionError) -> EscapedAtom {
    guard let scalar = peek(1) else { throw malformed("'\\' at the end", "an escaped character") }
    switch scalar {
    case "p", "P":
      if peek(2) == "{" { return .set(try property()) }
    case "x", "u": return .scalar(try numbered())
    case "0"..."7":
      position += 1
      return .scalar(try number(radix: 8, most: 3))
    case "c", "C", "M": throw unsupported("the escape '\\\(scalar)'", "'\\x' and the character's number")
    default: break
    }
    position += 2
    let controls: [Unicode.Scalar: Unicode.Scalar] = [
      "t": "\t", "n": "\n", "r": "\r", "f": "\u{C}", "v": "\u{B}", "a": "\u{7}", "e": "\u{1B}",
    ]
    if let control = controls[scalar] { return .scalar(control) }
    let classes: [Unicode.Scalar: String] = ["d": "digit", "w": "word", "s": "space", "h": "xdigit"]
    if let name = classes[scalar] { return .set(CharacterProperty.posixBracket(name)!) }
    if let name = classes[Unicode.Scalar(scalar.value | 0x20) ?? scalar], scalar.value < 0x60 {
      return .set(CharacterProperty.posixBracket(name)!.inverted)
    }
    return .scalar(scalar)
  }

  /// `\p{L}`, `\p{^L}`, `\P{L}`.
  private mutating func property() throws(ExpressionError) -> ScalarSet {
    var isNegated = scalars[position + 1] == "P"
    var end = position + 3
    while end < scalars.count, scalars[end] != "}" { end += 1 }
    guard end < scalars.count else { throw malformed("a property without its '}'", "'\\p{L}'") }
    var name = String(String.UnicodeScalarView(scalars[position + 3..<end]))
    if name.hasPrefix("^") {
      isNegated.toggle()
      name.removeFirst()
    }
    guard let set = CharacterProperty.named(name) else {
      throw unsupported(
        "the property '\(name)'", "a general category, a script or one of \(CharacterProperty.binaryNames)")
    }
    position = end + 1
    return isNegated ? set.inverted : set
  }

  /// `\xHH`, `\x{H…}` or `\uHHHH`.
  private mutating func numbered() throws(ExpressionError) -> Unicode.Scalar {
    let isShort = scalars[position + 1] == "x"
    position += 2
    if isShort, consume("{") {
      let scalar = try number(radix: 16, most: 8)
      guard consume("}") else { throw malformed("'\\x{' without its '}'", "'\\x{1F600}'") }
      return scalar
    }
    let scalar = try number(radix: 16, most: isShort ? 2 : 4)
    guard scalar.isASCII || !isShort else {
      throw unsupported("'\\x' of a single byte beyond ASCII", "'\\x{…}' of a character")
    }
    return scalar
  }

  private mutating func number(radix: Int, most: Int) throws(ExpressionError) -> Unicode.Scalar {
    let start = position
    while position < scalars.count, position - start < most, scalars[position].isASCII,
      Character(scalars[position]).hexDigitValue.map({ $0 < radix }) == true
    { position += 1 }
    let digits = String(String.UnicodeScalarView(scalars[start..<position]))
    guard let value = UInt32(digits, radix: radix), let scalar = Unicode.Scalar(value) else {
      throw malformed("an escape without the number of a character", "its digits")
    }
    return scalar
  }
}
