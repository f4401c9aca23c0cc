import QuireExpressions

extension JSONRules {
  /// A string by its number of characters (Unicode scalars).
  mutating func addString(_ rule: Int32, minimum: Int, maximum: Int?) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let quote = UInt8(ascii: "\"")
    var current = try network.addLiteral([quote], from: start)
    let counted = maximum ?? minimum
    if counted > 0 {
      let long = try self.rule(.longCharacter)
      for count in 0..<counted {
        if count >= minimum { network.addEdge(current, quote...quote, accept) }
        let next = try network.addNode()
        addShortCharacter(from: current, to: next)
        network.addCall(current, rule: long, next)
        current = next
      }
    }
    network.addEdge(current, quote...quote, accept)
    if maximum == nil {
      addShortCharacter(from: current, to: current)
      try addLongCharacter(from: current, to: current)
    }
  }

  /// States of a text from which on characters that take more than one byte are called.
  private static let largeStateCount = 48

  /// A string that an automaton over its characters accepts.
  mutating func addString(_ rule: Int32, _ text: ScalarDFA) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let quote = UInt8(ascii: "\"")
    let open = try network.addLiteral([quote], from: start)
    let end = try network.addNode()
    try addText(text, from: open, to: end)
    network.addEdge(end, quote...quote, accept)
  }

  /// The texts of an automaton between quotes. In large ones the characters that take more than one byte are rules of
  /// their own, which many states share.
  mutating func addText(_ text: ScalarDFA, from source: Int32, to target: Int32) throws(ConstraintError) {
    let isLarge = text.states.count > Self.largeStateCount
    let short = JSONSpelling.unescaped.intersection(ScalarSet([0...0x7F]))
    let long = short.inverted
    // Most states of a counted text read the same sets.
    var parts: [ScalarSet: (short: [ClosedRange<UInt8>], long: Int32?)] = [:]
    var copies: [Int32] = []
    for _ in text.states { copies.append(try network.addNode()) }
    network.addEpsilon(source, copies[0])
    for (state, copy) in zip(text.states, copies) {
      if state.isAccepting { network.addEpsilon(copy, target) }
      for edge in state.edges {
        let target = copies[Int(edge.target)]
        guard isLarge else {
          try network.addScalars(edge.set, .json, from: copy, to: target)
          continue
        }
        if parts[edge.set] == nil {
          let ranges = edge.set.intersection(short).ranges
          let rest = edge.set.intersection(long)
          parts[edge.set] = (
            ranges.map { UInt8($0.lowerBound)...UInt8($0.upperBound) },
            rest.isEmpty ? nil : try characterRule(rest)
          )
        }
        let part = parts[edge.set]!
        for bytes in part.short { network.addEdge(copy, bytes, target) }
        if let rule = part.long { network.addCall(copy, rule: rule, target) }
      }
    }
  }

  /// The rule of one character of a set.
  private mutating func characterRule(_ set: ScalarSet) throws(ConstraintError) -> Int32 {
    if let known = characters[set] { return known }
    let rule = try network.addRule()
    characters[set] = rule
    let ends = network.rules[Int(rule)]
    try network.addScalars(set, .json, from: ends.start, to: ends.accept)
    return rule
  }

  private mutating func addShortCharacter(from source: Int32, to target: Int32) {
    network.addEdge(source, 0x20...0x21, target)
    network.addEdge(source, 0x23...0x5B, target)
    network.addEdge(source, 0x5D...0x7F, target)
  }

  /// A character beyond ASCII or an escape; halves of surrogate pairs come together.
  mutating func addLongCharacter(from source: Int32, to target: Int32) throws(ConstraintError) {
    try network.addScalars(ScalarSet([0x80...0x10FFFF]), .plain, from: source, to: target)
    let escape = try network.addLiteral("\\".utf8, from: source)
    for byte in "\"\\/bfnrt".utf8 { network.addEdge(escape, byte...byte, target) }
    let digits = try network.addLiteral("u".utf8, from: escape)
    let last = try network.addNode()
    addDigit("0123456789abcefABCEF", from: digits, to: try addDigit(anyDigit, to: last))
    let d = try network.addNode()
    addDigit("dD", from: digits, to: d)
    addDigit("01234567", from: d, to: last)
    let low = try network.addNode()
    addDigit("89abAB", from: d, to: try addDigit(anyDigit, to: try addDigit(anyDigit, to: low)))
    let lowDigits = try network.addLiteral("\\u".utf8, from: low)
    let second = try addDigit("cdefCDEF", to: last)
    addDigit("dD", from: lowDigits, to: second)
    addDigit(anyDigit, from: last, to: try addDigit(anyDigit, to: target))
  }

  private var anyDigit: String { "0123456789abcdefABCDEF" }

  private mutating func addDigit(_ digits: String, from source: Int32, to target: Int32) {
    for byte in digits.utf8 { network.addEdge(source, byte...byte, target) }
  }

  /// A node with such a digit before `target`.
  private mutating func addDigit(_ digits: String, to target: Int32) throws(ConstraintError) -> Int32 {
    let source = try network.addNode()
    addDigit(digits, from: source, to: target)
    return source
  }
}
