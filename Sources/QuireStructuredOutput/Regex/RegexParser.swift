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

  private init(_ text: String, place: String) {
    scalars = Array(text.unicodeScalars)
    self.place = place
  }

  static func parse(_ text: String, place: String) throws(ConstraintError) -> RegexPattern {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(place, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    var parser = RegexParser(text, place: place)
    return try parser.pattern()
  }

  private mutating func pattern() throws(ConstraintError) -> RegexPattern {
    var alternatives: [RegexPattern.Alternative] = []
    repeat {
      let start = consume("^")
      let node = try sequence()
      let end = consume("$")
      if position < scalars.count, peek != "|" {
        if peek == ")" { throw malformed("')' without its '('", "balanced groups") }
        position -= 1
        throw unsupported("'$' before the end", "'$' only at the end of the expression")
      }
      alternatives.append(.init(node: node, isAnchoredAtStart: start, isAnchoredAtEnd: end))
    } while consume("|")
    return RegexPattern(alternatives: alternatives)
  }

  private mutating func sequence() throws(ConstraintError) -> RegexNode {
    var nodes: [RegexNode] = []
    while let next = peek, next != "|", next != ")", next != "$" {
      let atom = try atom()
      nodes.append(try quantified(atom))
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func atom() throws(ConstraintError) -> RegexNode {
    let scalar = scalars[position]
    switch scalar {
    case "(": return try group()
    case "[": return .scalars(try characterClass())
    case "\\": return .scalars(try escape().inner)
    case ".":
      position += 1
      return .scalars(DialectSet.dot.inner)
    case "^": throw unsupported("'^' after the start", "'^' only at the start of the expression")
    case "*", "+", "?": throw malformed("'\(scalar)' with nothing before it", "something to repeat")
    case "{" where quantifierShape() != nil:
      throw malformed("a repetition with nothing before it", "something to repeat")
    default:
      position += 1
      return .scalars(ScalarSet(scalar))
    }
  }

  private mutating func group() throws(ConstraintError) -> RegexNode {
    let start = position
    position += 1
    if consume("?") { try groupKind(start) }
    depth += 1
    guard depth <= ConstraintLimits.groupDepth else {
      throw .limit(
        located, "groups \(depth) deep", atMost: ConstraintLimits.groupDepth, "groups in one another")
    }
    var alternatives: [RegexNode] = []
    repeat { alternatives.append(try sequence()) } while consume("|")
    if peek == "$" { throw unsupported("'$' in a group", "'$' only at the end of the expression") }
    guard consume(")") else {
      position = start
      throw malformed("'(' without its ')'", "balanced groups")
    }
    depth -= 1
    return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
  }

  /// Passes what follows `(?` of a group that only groups or names.
  private mutating func groupKind(_ start: Int) throws(ConstraintError) {
    if consume(":") { return }
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
      case "=", "!": "a lookahead"
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
    case "?": throw unsupported("a lazy quantifier", "greedy quantifiers: the whole text is matched anyway")
    case "+": throw unsupported("a possessive quantifier", "greedy quantifiers")
    case "*": throw malformed("two quantifiers after one another", "one")
    case "{" where quantifierShape() != nil: throw malformed("two quantifiers after one another", "one")
    default: break
    }
    return .repeated(atom, minimum: bounds.0, maximum: bounds.1)
  }
}
