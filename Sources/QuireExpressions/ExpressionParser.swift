/// Reads Oniguruma's regular expressions, those of Hugging Face's tokenizers; docs/tokenizers.md lists what is read, and
/// anything else is refused by name.
///
/// Recursive descent in linear time; the recursion is bounded by ``ExpressionLimits/groupDepth``.
struct ExpressionParser {
  /// What `(?imx)` switches.
  struct Options {
    var ignoresCase = false
    /// Whether `.` matches a line feed too.
    var dotMatchesAll = false
    /// Whether blanks and comments between the parts are skipped.
    var isExtended = false
  }

  let scalars: [Unicode.Scalar]
  var position = 0
  var options = Options()
  var depth = 0

  static func parse(_ text: String) throws(ExpressionError) -> ExpressionNode {
    guard text.utf8.count <= ExpressionLimits.textByteCount else {
      throw ExpressionError(
        .limit, 0, "\(text.utf8.count) bytes", "at most \(ExpressionLimits.textByteCount) bytes")
    }
    var parser = ExpressionParser(scalars: Array(text.unicodeScalars))
    let node = try parser.alternatives()
    guard parser.position == parser.scalars.count else {
      throw parser.malformed("')' without its '('", "balanced groups")
    }
    return node
  }

  /// Passes alternatives up to the `)` of their group or the end.
  mutating func alternatives() throws(ExpressionError) -> ExpressionNode {
    var nodes: [ExpressionNode] = []
    repeat { nodes.append(try sequence()) } while consume("|")
    return nodes.count == 1 ? nodes[0] : .alternatives(nodes)
  }

  private mutating func sequence() throws(ExpressionError) -> ExpressionNode {
    var nodes: [ExpressionNode] = []
    while true {
      skipBlanks()
      guard let next = peek, next != "|", next != ")" else { break }
      if let node = try part() { nodes.append(node) }
    }
    nodes = ExpressionNode.joined(nodes)
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  /// Passes one part with its quantifiers; nil for a comment.
  private mutating func part() throws(ExpressionError) -> ExpressionNode? {
    let scalar = scalars[position]
    let node: ExpressionNode
    switch scalar {
    case "(":
      guard let group = try group() else { return nil }
      node = group
    case "[":
      let (set, isNegated) = try characterClass()
      node = options.ignoresCase && !isNegated ? .foldedClass(set) : .set(set)
    case "\\": node = try escape()
    case ".":
      position += 1
      node = .set(options.dotMatchesAll ? .all : CharacterProperty.lineFeed.inverted)
    case "^", "$":
      position += 1
      node = .assertion(scalar == "^" ? .lineStart : .lineEnd)
    case "*", "+", "?": throw malformed("'\(scalar)' with nothing before it", "something to repeat")
    case "{":
      if interval() != nil { throw malformed("a repetition with nothing before it", "something to repeat") }
      fallthrough
    default:
      position += 1
      node = literal(scalar)
    }
    return try quantified(node)
  }

  func literal(_ scalar: Unicode.Scalar) -> ExpressionNode {
    options.ignoresCase ? .foldedText([scalar]) : .set(ScalarSet(scalar))
  }

  /// The set with all that differs from its members in case alone, where case is ignored.
  func folded(_ set: ScalarSet) -> ScalarSet { options.ignoresCase ? CaseFolding.closure(of: set) : set }

  private mutating func skipBlanks() {
    guard options.isExtended else { return }
    while let next = peek {
      if next == "#" {
        while let inner = peek, inner != "\n" { position += 1 }
      } else if next.value == 0x20 || (0x09...0x0D).contains(next.value) {
        position += 1
      } else {
        return
      }
    }
  }

  var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  func peek(_ distance: Int) -> Unicode.Scalar? {
    position + distance < scalars.count ? scalars[position + distance] : nil
  }

  mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  /// Passes `text` where it stands next.
  mutating func consume(_ text: String) -> Bool {
    let expected = Array(text.unicodeScalars)
    guard position + expected.count <= scalars.count,
      scalars[position..<position + expected.count].elementsEqual(expected)
    else { return false }
    position += expected.count
    return true
  }

  func unsupported(_ found: String, _ expected: String) -> ExpressionError {
    ExpressionError(.unsupported, position, found, expected)
  }

  func malformed(_ found: String, _ expected: String) -> ExpressionError {
    ExpressionError(.malformed, position, found, expected)
  }
}
