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

  /// A string that an automaton over its characters accepts.
  mutating func addString(_ rule: Int32, _ text: ScalarAutomaton) throws(ConstraintError) {
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    let quote = UInt8(ascii: "\"")
    let open = try network.addLiteral([quote], from: start)
    let end = try network.addNode()
    try network.addAutomaton(text, .json, from: open, to: end)
    network.addEdge(end, quote...quote, accept)
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
