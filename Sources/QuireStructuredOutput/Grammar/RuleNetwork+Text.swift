import QuireExpressions

extension RuleNetwork {
  /// The bytes as they stand, from `source` on; the node behind them.
  mutating func addLiteral(
    _ bytes: some Swift.Sequence<UInt8>, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    var current = source
    for byte in bytes {
      let next = try addNode()
      addEdge(current, byte...byte, next)
      current = next
    }
    return current
  }

  /// One character of `set` between two nodes.
  mutating func addScalars(
    _ set: ScalarSet, _ spelling: Spelling, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let plain: ScalarSet
    switch spelling {
    case .plain: plain = set
    case .json:
      plain = set.intersection(JSONSpelling.unescaped)
      try addEscapes(of: set, from: source, to: target)
    }
    for range in plain.ranges {
      for sequence in UTF8Ranges.sequences(range) {
        var current = source
        for bytes in sequence.dropLast() {
          let next = try addNode()
          addEdge(current, bytes, next)
          current = next
        }
        addEdge(current, sequence.last!, target)
      }
    }
  }

  /// The characters of `set` that a JSON string must escape, their common beginnings shared.
  private mutating func addEscapes(
    of set: ScalarSet, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let escaped = JSONSpelling.escaped.filter(set.contains)
    if escaped.isEmpty { return }
    var prefixes: [[UInt8]: Int32] = [[]: source]
    for scalar in escaped {
      let spelling = JSONSpelling.escape(scalar)
      for length in 1..<spelling.count where prefixes[Array(spelling.prefix(length))] == nil {
        let node = try addNode()
        addEdge(
          prefixes[Array(spelling.prefix(length - 1))]!, spelling[length - 1]...spelling[length - 1], node)
        prefixes[Array(spelling.prefix(length))] = node
      }
      addEdge(prefixes[spelling.dropLast()]!, spelling.last!...spelling.last!, target)
    }
  }

  /// A whole automaton between two nodes.
  mutating func addAutomaton(
    _ automaton: ScalarAutomaton, _ spelling: Spelling, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    var copies: [Int32] = []
    for _ in automaton.states { copies.append(try addNode()) }
    for (state, copy) in zip(automaton.states, copies) {
      for next in state.epsilons { addEpsilon(copy, copies[Int(next)]) }
      for edge in state.edges {
        try addScalars(edge.set, spelling, from: copy, to: copies[Int(edge.target)])
      }
    }
    addEpsilon(source, copies[Int(automaton.start)])
    addEpsilon(copies[Int(automaton.accept)], target)
  }
}

/// The spelling of characters in JSON strings (RFC 8259, section 7).
enum JSONSpelling {
  /// Characters that stand for themselves.
  static let unescaped = ScalarSet([0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF])
  /// Characters that must be escaped.
  static let escaped: [Unicode.Scalar] = ["\"", "\\"] + (0..<0x20).map { Unicode.Scalar(UInt8($0)) }

  /// The one spelling of a character that must be escaped: the short one where there is one.
  static func escape(_ scalar: Unicode.Scalar) -> [UInt8] {
    switch scalar {
    case "\"", "\\": return [UInt8(ascii: "\\"), UInt8(scalar.value)]
    case "\u{8}": return Array("\\b".utf8)
    case "\u{C}": return Array("\\f".utf8)
    case "\n": return Array("\\n".utf8)
    case "\r": return Array("\\r".utf8)
    case "\t": return Array("\\t".utf8)
    default:
      let digits = String(scalar.value, radix: 16)
      return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    }
  }

  /// A text as a JSON string, quotes included.
  static func string(_ utf8: [UInt8]) -> [UInt8] {
    var result = [UInt8(ascii: "\"")]
    for byte in utf8 {
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        result += escape(Unicode.Scalar(byte))
      } else {
        result.append(byte)
      }
    }
    return result + [UInt8(ascii: "\"")]
  }
}
