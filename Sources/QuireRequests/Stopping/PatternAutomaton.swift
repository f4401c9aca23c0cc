/// Finds many patterns at once in a text that comes symbol by symbol.
///
/// A symbol costs amortised O(1) however many patterns there are, a pattern O(its length) once. Source: Aho and Corasick,
/// Comm. ACM 18 (1975).
package struct PatternAutomaton: Sendable {
  /// The state before any symbol: nothing of any pattern has been read.
  package static let start: Int32 = 0

  /// The state after each pattern, in their order.
  package private(set) var ends: [Int32] = []
  /// Where a state's symbols lead: `[state << 32 | symbol]`. A missing one goes on from `suffixes`.
  private var edges: [UInt64: Int32] = [:]
  /// The state of the longest proper end of each state's symbols that begins some pattern.
  private var suffixes: [Int32] = [0]
  /// The least index of the patterns that end at each state, those of its suffixes included; -1 for none.
  private var leastPatterns: [Int32] = [-1]
  /// The nearest state along the suffixes, the state itself first, that some pattern ends at; -1 for none.
  private var nearestEnds: [Int32] = [-1]
  /// Whether a symbol with these low eight bits begins some pattern: in most texts hardly any does.
  private var beginnings = [Bool](repeating: false, count: 256)

  /// An automaton of any number of patterns, of fewer than 2³¹ symbols together; empty ones end everywhere.
  package init<Pattern: Collection>(_ patterns: some Collection<Pattern>)
  where Pattern.Element: FixedWidthInteger {
    var (parents, symbols): ([Int32], [UInt32]) = ([0], [0])
    var depths: [Int32] = [0]
    ends.reserveCapacity(patterns.count)
    for pattern in patterns {
      var state = Self.start
      for element in pattern {
        let symbol = UInt32(truncatingIfNeeded: element)
        let edge = Self.edge(state, symbol)
        if let next = edges[edge] {
          state = next
        } else {
          let next = Int32(parents.count)
          edges[edge] = next
          parents.append(state)
          symbols.append(symbol)
          depths.append(depths[Int(state)] + 1)
          if state == Self.start { beginnings[Int(symbol & 0xFF)] = true }
          state = next
        }
      }
      ends.append(state)
    }
    link(parents, symbols, byDepth: Self.order(depths))
  }

  /// The states in ascending order of their depths.
  private static func order(_ depths: [Int32]) -> [Int32] {
    var starts = [Int](repeating: 0, count: Int(depths.max() ?? 0) + 2)
    for depth in depths { starts[Int(depth) + 1] += 1 }
    for depth in starts.indices.dropFirst() { starts[depth] += starts[depth - 1] }
    var order = [Int32](repeating: 0, count: depths.count)
    for (state, depth) in depths.enumerated() {
      order[starts[Int(depth)]] = Int32(state)
      starts[Int(depth)] += 1
    }
    return order
  }

  /// Finds the suffixes, and what ends at each state; those of shorter states come first.
  private mutating func link(_ parents: [Int32], _ symbols: [UInt32], byDepth order: [Int32]) {
    suffixes = Array(repeating: Self.start, count: parents.count)
    leastPatterns = Array(repeating: -1, count: parents.count)
    nearestEnds = Array(repeating: -1, count: parents.count)
    for (index, end) in ends.enumerated().reversed() { leastPatterns[Int(end)] = Int32(index) }
    if leastPatterns[0] >= 0 { nearestEnds[0] = Self.start }
    for state in order.dropFirst() {
      let parent = parents[Int(state)]
      let suffix =
        parent == Self.start ? Self.start : next(suffixes[Int(parent)], symbols[Int(state)])
      suffixes[Int(state)] = suffix
      let (own, other) = (leastPatterns[Int(state)], leastPatterns[Int(suffix)])
      nearestEnds[Int(state)] = own >= 0 ? state : nearestEnds[Int(suffix)]
      leastPatterns[Int(state)] = own < 0 ? other : other < 0 ? own : min(own, other)
    }
  }

  private static func edge(_ state: Int32, _ symbol: UInt32) -> UInt64 {
    UInt64(UInt32(bitPattern: state)) << 32 | UInt64(symbol)
  }

  /// The state after one symbol more.
  package func next(_ state: Int32, _ symbol: UInt32) -> Int32 {
    var state = state
    while true {
      if state == Self.start && !beginnings[Int(symbol & 0xFF)] { return state }
      if let next = edges[Self.edge(state, symbol)] { return next }
      if state == Self.start { return state }
      state = suffixes[Int(state)]
    }
  }

  /// The least index of the patterns that end with the symbol read last; nil where none does.
  package func leastPattern(at state: Int32) -> Int? {
    leastPatterns[Int(state)] < 0 ? nil : Int(leastPatterns[Int(state)])
  }

  /// The states of all patterns that end with the symbol read last, the longest pattern first.
  package func endStates(at state: Int32) -> some Sequence<Int32> {
    sequence(first: nearestEnds[Int(state)]) { end in
      end <= Self.start ? -1 : nearestEnds[Int(suffixes[Int(end)])]
    }.prefix { $0 >= 0 }
  }
}
