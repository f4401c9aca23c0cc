extension JSONRules {
  /// Decimal numbers from `range`, counted in units of ten to the minus `fractionDigits`; without exponents.
  /// Precondition: magnitudes below 10¹⁸.
  ///
  /// - Parameters:
  ///   - step: what they are multiples of, in the same units; at most ``greatestStep``.
  ///   - onlyFractions: whether integers are left out.
  mutating func addDecimals(
    _ rule: Int32, _ range: ClosedRange<Int>, fractionDigits: Int, step: Int = 1, onlyFractions: Bool = false
  ) throws(ConstraintError) {
    let kind = DigitKind(fractionDigits: fractionDigits, step: step, onlyFractions: onlyFractions)
    precondition(range.lowerBound > -Self.powerOfTen(18) && range.upperBound < Self.powerOfTen(18))
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    if range.upperBound >= 0 {
      try addMagnitudes(
        max(range.lowerBound, 0)...range.upperBound, kind, from: start, to: accept)
    }
    if range.lowerBound < 0 {
      // No "-0".
      let minus = try network.addLiteral("-".utf8, from: start)
      try addMagnitudes(
        max(-range.upperBound, 1)...(-range.lowerBound), kind, from: minus, to: accept)
    }
  }

  /// Steps up to which each remainder is a state.
  static let greatestStep = 2000

  static func powerOfTen(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }

  private mutating func addMagnitudes(
    _ range: ClosedRange<Int>, _ kind: DigitKind, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let fractionDigits = kind.fractionDigits
    let unit = Self.powerOfTen(fractionDigits)
    for integerDigits in 1...(18 - fractionDigits) {
      let lowest = integerDigits == 1 ? 0 : Self.powerOfTen(integerDigits - 1) * unit
      let highest = Self.powerOfTen(integerDigits) * unit - 1
      let (lower, upper) = (max(range.lowerBound, lowest), min(range.upperBound, highest))
      if lower > upper { continue }
      try addDigits(
        DigitBounds(lower, upper, width: integerDigits + fractionDigits), integerDigits, kind, from: source,
        to: target)
    }
  }

  private struct DigitKind {
    let fractionDigits: Int
    let step: Int
    let onlyFractions: Bool
  }

  /// Two numbers of equally many digits.
  private struct DigitBounds {
    let lower: [UInt8]
    let upper: [UInt8]

    init(_ lower: Int, _ upper: Int, width: Int) {
      func digits(_ value: Int) -> [UInt8] {
        let text = Array(String(value).utf8)
        return [UInt8](repeating: 0x30, count: width - text.count) + text
      }
      self.lower = digits(lower)
      self.upper = digits(upper)
    }
  }

  /// What has been read so far: so many digits, and whether they are those of the bounds.
  private struct Progress: Hashable {
    var count: Int
    var isLowest: Bool
    var isHighest: Bool
    /// The remainder of what the digits spell.
    var remainder = 0
    /// Whether a digit behind the point is none of zero.
    var isFraction = false
  }

  private mutating func addDigits(
    _ bounds: DigitBounds, _ integerDigits: Int, _ kind: DigitKind, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    let width = bounds.lower.count
    var pending: [(progress: Progress, node: Int32)] = []
    var nodes: [Progress: Int32] = [:]
    pending.append((Progress(count: 0, isLowest: true, isHighest: true), source))
    while let (progress, node) = pending.popLast() {
      var digits = node
      if progress.count >= integerDigits {
        // Digits left out count as zeros: no more than the upper bound's, perhaps less than the lower one's.
        let isAboveLowest = !progress.isLowest || bounds.lower[progress.count...].allSatisfy { $0 == 0x30 }
        let isMultiple = progress.remainder * Self.powerOfTen(width - progress.count) % kind.step == 0
        if isAboveLowest, isMultiple, progress.isFraction || !kind.onlyFractions {
          network.addEpsilon(node, target)
        }
        if progress.count == width { continue }
        if progress.count == integerDigits { digits = try network.addLiteral(".".utf8, from: node) }
      }
      let lowest = progress.isLowest ? bounds.lower[progress.count] : 0x30
      let highest = progress.isHighest ? bounds.upper[progress.count] : 0x39
      for digit in lowest...highest {
        let next = Progress(
          count: progress.count + 1, isLowest: progress.isLowest && digit == lowest,
          isHighest: progress.isHighest && digit == highest,
          remainder: (progress.remainder * 10 + Int(digit - 0x30)) % kind.step,
          isFraction: kind.onlyFractions
            && (progress.isFraction || progress.count >= integerDigits && digit != 0x30))
        if nodes[next] == nil {
          nodes[next] = try network.addNode()
          pending.append((next, nodes[next]!))
        }
        network.addEdge(digits, digit...digit, nodes[next]!)
      }
    }
  }
}
