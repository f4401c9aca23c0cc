import QuireExpressions

/// Reads the common regular expressions that docs/structured-output.md lists; anything else is refused by name.
///
/// Recursive descent, linear time; recursion is bounded by ``ConstraintLimits/groupDepth``.
struct RegexParser {
  let scalars: [Unicode.Scalar]
  /// What errors name before the offset.
  let place: String
  var position = 0
  private var depth = 0
  /// Whether classes hold what some dialect counts in, or what every one does.
  private(set) var isOuter: Bool
  /// What grammars say of an expression; nil where dialects may differ.
  var options: GrammarRegexOptions?

  init(_ text: String, place: String, isOuter: Bool = false, options: GrammarRegexOptions? = nil) {
    scalars = Array(text.unicodeScalars)
    self.place = place
    self.isOuter = isOuter
    self.options = options
  }

  /// - Parameter isOuter: whether a text is to match that some dialect matches, or one that each of them does.
  static func parse(
    _ text: String, place: String, isOuter: Bool = false
  ) throws(ConstraintError) -> RegexPattern {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(place, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    var parser = RegexParser(text, place: place, isOuter: isOuter)
    return try parser.pattern()
  }

  mutating func pattern() throws(ConstraintError) -> RegexPattern {
    var alternatives: [[RegexNode]] = []
    repeat {
      alternatives.append(try nodes())
      if position < scalars.count, peek == ")" { throw malformed("')' without its '('", "balanced groups") }
    } while consume("|")
    return RegexPattern(alternatives)
  }

  private mutating func sequence() throws(ConstraintError) -> RegexNode {
    let nodes = try nodes()
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func nodes() throws(ConstraintError) -> [RegexNode] {
    var nodes: [RegexNode] = []
    while let next = peek, next != "|", next != ")" {
      let atom = try atom()
      nodes.append(try quantified(atom))
    }
    return nodes
  }

  private mutating func atom() throws(ConstraintError) -> RegexNode {
    let scalar = scalars[position]
    switch scalar {
    case "(": return try group()
    case "[": return .scalars(try characterClass())
    case "\\":
      if let boundary = wordBoundary() { return .assertion(boundary) }
      let set = folded(try escape())
      return .scalars(isOuter ? set.outer : set.inner)
    case ".":
      position += 1
      if let options { return .scalars(options.dot) }
      return .scalars(isOuter ? DialectSet.dot.outer : DialectSet.dot.inner)
    case "^":
      position += 1
      return .assertion(.start)
    case "$":
      position += 1
      // Python's matches before a line feed at the end, too.
      return isOuter
        ? .sequence([.repeated(.scalars(ScalarSet("\n")), minimum: 0, maximum: 1), .assertion(.end)])
        : .assertion(.end)
    case "*", "+", "?": throw malformed("'\(scalar)' with nothing before it", "something to repeat")
    case "{" where quantifierShape() != nil:
      throw malformed("a repetition with nothing before it", "something to repeat")
    default:
      position += 1
      return .scalars(folded(DialectSet(ScalarSet(scalar))).inner)
    }
  }

  private mutating func group() throws(ConstraintError) -> RegexNode {
    let start = position
    position += 1
    let outerOptions = options
    defer { options = outerOptions }
    let isNegative = scalars[position...].starts(with: ["?", "!"])
    let isLookahead = isNegative || scalars[position...].starts(with: ["?", "="])
    if isLookahead {
      position += 2
    } else if consume("?") {
      try groupKind(start)
    }
    depth += 1
    // What must not follow is what some dialect would match.
    let wasOuter = isOuter
    if isNegative { isOuter.toggle() }
    defer { isOuter = wasOuter }
    guard depth <= ConstraintLimits.groupDepth else {
      throw .limit(
        located, "groups \(depth) deep", atMost: ConstraintLimits.groupDepth, "groups in one another")
    }
    var alternatives: [RegexNode] = []
    repeat { alternatives.append(try sequence()) } while consume("|")
    guard consume(")") else {
      position = start
      throw malformed("'(' without its ')'", "balanced groups")
    }
    depth -= 1
    if isLookahead {
      let node = RegexNode.alternatives(alternatives)
      return .assertion(isNegative ? .notAhead(node) : .ahead(node))
    }
    return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
  }

  /// Passes what follows `(?` of a group that only groups or names.
  private mutating func groupKind(_ start: Int) throws(ConstraintError) {
    if consume(":") || consumeFlags() { return }
    let rest = String(String.UnicodeScalarView(scalars[position...].prefix(2)))
    let isNamed =
      rest.hasPrefix("P<") || (rest.hasPrefix("<") && rest != "<=" && rest != "<!")
    if isNamed, let end = scalars[position...].firstIndex(of: ">") {
      let name = scalars[position..<end].drop { $0 != "<" }.dropFirst()
      guard Self.isName(name) else {
        throw malformed("a group name that is none", "letters, digits and '_' between '<' and '>'")
      }
      position = end + 1
      return
    }
    position = start
    let kind =
      switch rest.unicodeScalars.first {
      case "<" where !isNamed: "a lookbehind"
      case ">": "an atomic group"
      case "(": "a conditional group"
      case "#": "a comment group"
      case "P" where !isNamed: "a backreference"
      case "P", "<": "a group name without its '>'"
      default: "flags"
      }
    throw unsupported(kind, "groups '(…)', '(?:…)' and '(?P<name>…)'")
  }

  /// Whether a name is one in every dialect.
  private static func isName(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = scalars.first, !("0"..."9").contains(first) else { return false }
    return scalars.allSatisfy(DialectSet.wordCharacters.inner.contains)
  }

  /// Passes `\b` or `\B`.
  private mutating func wordBoundary() -> RegexNode.Assertion? {
    guard position + 1 < scalars.count, ["b", "B"].contains(scalars[position + 1]) else { return nil }
    position += 2
    return scalars[position - 1] == "b" ? .wordBoundary : .noWordBoundary
  }

  private mutating func quantified(_ atom: RegexNode) throws(ConstraintError) -> RegexNode {
    let bounds: (Int, Int?)
    switch peek {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{":
      guard let shape = quantifierShape() else { return atom }
      bounds = try repetition(shape)
      position = shape.end - 1
    default: return atom
    }
    position += 1
    switch peek {
    // Which of the matches a dialect takes does not matter.
    case "?": position += 1
    case "+": throw unsupported("a possessive quantifier", "greedy quantifiers")
    case "*": throw malformed("two quantifiers after one another", "one")
    case "{" where quantifierShape() != nil: throw malformed("two quantifiers after one another", "one")
    default: break
    }
    // Dialects differ on whether an assertion may be repeated at all.
    if case .assertion = atom { throw unsupported("a repeated assertion", "one without a quantifier") }
    return .repeated(atom, minimum: bounds.0, maximum: bounds.1)
  }
}
