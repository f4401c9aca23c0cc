/// A regular expression over the names of modules, as rules of quantisation have them: it matches from a name's beginning
/// on, as Python's `re.match` does.
///
/// Literals, `.`, sets, `\d`, `\w`, `\s`, groups, alternatives, `?`, `*`, `+`, `{m,n}` and the anchors `^` and `$`. Places
/// are sets, so that nothing is tried twice and the time of a match is bounded.
struct ModuleExpression: Sendable {
  private let root: Node

  indirect enum Node: Sendable {
    /// One byte of a set.
    case byte(Set<UInt8>)
    case sequence([Node])
    case alternatives([Node])
    case repeated(Node, minimum: Int, maximum: Int?)
    case start
    case end
  }

  /// Bytes of an expression at most.
  static let longestByteCount = 1000
  /// Groups within groups at most: each may double the time of a match.
  static let deepestGroup = 8
  /// Repetitions that are counted, at most.
  static let largestCount = 100

  /// Reads an expression; nil where it is none, or has what is not listed above.
  init?(_ text: String) {
    var parser = ModuleExpressionParser(text)
    guard text.utf8.count <= Self.longestByteCount, let root = parser.parse() else { return nil }
    self.root = root
  }

  /// Whether the expression matches the beginning of a name.
  func matches(_ module: String) -> Bool {
    !Self.ends(root, [0], Array(module.utf8)).isEmpty
  }

  /// Where matches of a node may end that begin at one of `starts`.
  private static func ends(_ node: Node, _ starts: Set<Int>, _ name: [UInt8]) -> Set<Int> {
    switch node {
    case .byte(let set):
      return Set(starts.lazy.filter { $0 < name.count && set.contains(name[$0]) }.map { $0 + 1 })
    case .sequence(let nodes):
      return nodes.reduce(starts) { $0.isEmpty ? $0 : ends($1, $0, name) }
    case .alternatives(let nodes):
      return nodes.reduce(into: []) { $0.formUnion(ends($1, starts, name)) }
    case .start: return starts.intersection([0])
    case .end: return starts.intersection([name.count])
    case .repeated(let node, let minimum, let maximum):
      var places = starts
      for _ in 0..<minimum {
        let next = ends(node, places, name)
        // What does not change will not change later.
        if next == places { break }
        places = next
      }
      var all = places
      var count = minimum
      // Only places that are new can lead to new ones.
      while !places.isEmpty, count < maximum ?? .max {
        places = ends(node, places, name).subtracting(all)
        all.formUnion(places)
        count += 1
      }
      return all
    }
  }
}

/// Reads a `ModuleExpression`.
private struct ModuleExpressionParser {
  typealias Node = ModuleExpression.Node
  private var rest: ArraySlice<UInt8>
  private var depth = 0

  private static let all = Set(UInt8.min...UInt8.max)
  private static let digits = Set(UInt8(ascii: "0")...UInt8(ascii: "9"))
  private static let words =
    digits.union(UInt8(ascii: "a")...UInt8(ascii: "z")).union(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    .union([UInt8(ascii: "_")])
  private static let spaces = Set(" \t\n\r\u{B}\u{C}".utf8)

  init(_ text: String) { rest = ArraySlice(text.utf8) }

  mutating func parse() -> Node? {
    guard let node = alternatives(), rest.isEmpty else { return nil }
    return node
  }

  private mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  private mutating func alternatives() -> Node? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ModuleExpression.deepestGroup else { return nil }
    var nodes: [Node] = []
    repeat {
      guard let node = sequence() else { return nil }
      nodes.append(node)
    } while take("|")
    return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
  }

  private mutating func sequence() -> Node? {
    var nodes: [Node] = []
    while let first = rest.first, first != UInt8(ascii: "|"), first != UInt8(ascii: ")") {
      guard let atom = atom(), let node = repetition(atom) else { return nil }
      nodes.append(node)
    }
    return .sequence(nodes)
  }

  private mutating func repetition(_ node: Node) -> Node? {
    var bounds: (Int, Int?)?
    if take("*") {
      bounds = (0, nil)
    } else if take("+") {
      bounds = (1, nil)
    } else if take("?") {
      bounds = (0, 1)
    } else if take("{") {
      guard let minimum = number() else { return nil }
      bounds = (minimum, minimum)
      if take(",") { bounds = (minimum, number()) }
      guard take("}") else { return nil }
    }
    guard let (minimum, maximum) = bounds else { return node }
    guard minimum <= maximum ?? minimum else { return nil }
    // Lazy repetitions match where greedy ones do; what repeats a repetition is none of Python's expressions.
    if !take("?"), let next = rest.first, "*+{".utf8.contains(next) { return nil }
    return .repeated(node, minimum: minimum, maximum: maximum)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let first = rest.first, Self.digits.contains(first) {
      digits.unicodeScalars.append(Unicode.Scalar(first))
      rest = rest.dropFirst()
    }
    return Int(digits).flatMap { $0 <= ModuleExpression.largestCount ? $0 : nil }
  }

  private mutating func atom() -> Node? {
    if take("(") {
      if take("?") { guard take(":") else { return nil } }
      guard let node = alternatives(), take(")") else { return nil }
      return node
    }
    if take("[") { return set() }
    if take("^") { return .start }
    if take("$") { return .end }
    if take(".") { return .byte(Self.all.subtracting([UInt8(ascii: "\n")])) }
    guard let first = rest.first, !"*+?{}".utf8.contains(first) else { return nil }
    return escaped().map { .byte($0) }
  }

  /// One byte, or the set that follows a backslash.
  private mutating func escaped() -> Set<UInt8>? {
    guard let byte = rest.popFirst() else { return nil }
    guard byte == UInt8(ascii: "\\") else { return [byte] }
    guard let letter = rest.popFirst() else { return nil }
    switch letter {
    case UInt8(ascii: "d"): return Self.digits
    case UInt8(ascii: "w"): return Self.words
    case UInt8(ascii: "s"): return Self.spaces
    case UInt8(ascii: "D"): return Self.all.subtracting(Self.digits)
    case UInt8(ascii: "W"): return Self.all.subtracting(Self.words)
    case UInt8(ascii: "S"): return Self.all.subtracting(Self.spaces)
    // Other letters and digits mean something that is not done, as references back do.
    default: return Self.words.contains(letter) ? nil : [letter]
    }
  }

  private mutating func set() -> Node? {
    let isNegated = take("^")
    var bytes: Set<UInt8> = []
    var isFirst = true
    while isFirst || !take("]") {
      isFirst = false
      guard let item = escaped() else { return nil }
      bytes.formUnion(item)
      let next = rest.dropFirst().first
      guard item.count == 1, rest.first == UInt8(ascii: "-"), next != nil, next != UInt8(ascii: "]") else {
        continue
      }
      rest = rest.dropFirst()
      guard let low = item.first, let high = escaped(), high.count == 1, let last = high.first, low <= last
      else { return nil }
      bytes.formUnion(low...last)
    }
    return .byte(isNegated ? Self.all.subtracting(bytes) : bytes)
  }
}
