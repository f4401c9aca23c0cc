extension ExpressionParser {
  /// Passes the class whose `[` stands at `position`: its scalars, and whether it names those that are not in it.
  ///
  /// - Parameter isInner: whether it stands in another: what differs in case alone is added to the whole, as in Oniguruma.
  mutating func characterClass(
    isInner: Bool = false
  ) throws(ExpressionError) -> (set: ScalarSet, isNegated: Bool) {
    let start = position
    depth += 1
    defer { depth -= 1 }
    guard depth <= ExpressionLimits.groupDepth else {
      throw ExpressionError(
        .limit, position, "classes \(depth) deep", "at most \(ExpressionLimits.groupDepth) in one another")
    }
    position += 1
    let isNegated = consume("^")
    /// What stands before the last `&&`.
    var intersection: ScalarSet?
    var ranges: [ClosedRange<UInt32>] = []
    func closed() -> ScalarSet {
      let union = ScalarSet(ranges)
      return intersection.map { $0.intersection(union) } ?? union
    }
    if peek == "]" {
      // A bracket that stands first is one of the class where another closes it.
      guard scalars[(position + 1)...].contains("]") else {
        throw malformed("a class without characters", "at least one")
      }
      position += 1
      ranges.append(0x5D...0x5D)
    }
    while let next = peek, next != "]" {
      if next == "&", peek(1) == "&" {
        position += 2
        intersection = closed()
        ranges = []
      } else {
        try member(&ranges)
      }
    }
    guard consume("]") else {
      position = start
      throw malformed("'[' without its ']'", "a closed class")
    }
    let set = isInner ? closed() : folded(closed())
    return (isNegated ? set.inverted : set, isNegated)
  }

  /// Passes a character, a range, a class or a property.
  private mutating func member(_ ranges: inout [ClosedRange<UInt32>]) throws(ExpressionError) {
    if peek == "[" {
      if peek(1) == ":", let bracket = try posixBracket() {
        ranges += bracket.ranges
      } else {
        ranges += try characterClass(isInner: true).set.ranges
      }
      return
    }
    let low: UInt32
    switch try classAtom() {
    case .set(let set):
      ranges += set.ranges
      if peek == "-", let next = peek(1), next != "]", next != "&" {
        throw malformed("a range that begins with a class", "a range between two characters")
      }
      return
    case .scalar(let scalar): low = scalar.value
    }
    guard peek == "-", let next = peek(1), next != "]", !(next == "&" && peek(2) == "&") else {
      ranges.append(low...low)
      return
    }
    position += 1
    guard peek != "[", case .scalar(let high) = try classAtom() else {
      throw malformed("a range that ends with a class", "a range between two characters")
    }
    guard low <= high.value else { throw malformed("a range that runs backwards", "its lower end first") }
    ranges.append(low...high.value)
  }

  private mutating func classAtom() throws(ExpressionError) -> EscapedAtom {
    guard let next = peek else { throw malformed("the end inside a class", "']'") }
    if next == "\\" {
      if peek(1) == "b" {
        position += 2
        return .scalar("\u{8}")
      }
      return try escapedAtom()
    }
    position += 1
    return .scalar(next)
  }

  /// `[:alpha:]` or `[:^alpha:]`; nil where the bracket begins a class of its own.
  private mutating func posixBracket() throws(ExpressionError) -> ScalarSet? {
    var end = position + 2
    while end < scalars.count, scalars[end] != ":", scalars[end] != "]" { end += 1 }
    guard end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1] == "]" else { return nil }
    var name = String(String.UnicodeScalarView(scalars[position + 2..<end]))
    let isNegated = name.hasPrefix("^")
    if isNegated { name.removeFirst() }
    guard let set = CharacterProperty.posixBracket(name) else {
      throw malformed("the bracket '[:\(name):]'", CharacterProperty.posixNames)
    }
    position = end + 2
    return isNegated ? set.inverted : set
  }
}
