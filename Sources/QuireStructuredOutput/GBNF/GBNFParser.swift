import QuireExpressions

/// Reads grammars in GBNF, llama.cpp's notation, and in xgrammar's dialect of it: rules `name ::= …`, of which `root` is
/// the first.
///
/// Recursive descent, linear time; recursion is bounded by ``ConstraintLimits/groupDepth``.
struct GBNFParser {
  var text: GrammarText
  private var numbers: [String: Int] = [:]
  /// Where each rule is asked for first.
  private var places: [Int] = []
  private var expressions: [GrammarExpression?] = []
  private var depth = 0

  /// The grammar as a network, and its first rule.
  static func network(
    _ text: String, field: String
  ) throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    var parser = GBNFParser(text: try GrammarText(text, field: field))
    return try parser.grammar()
  }

  private init(text: GrammarText) { self.text = text }

  private mutating func grammar() throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    skipSpace()
    while !text.isAtEnd { try rule() }
    guard let root = numbers["root"], expressions[root] != nil else {
      throw ConstraintError(
        .malformed, text.field, found: expressions.isEmpty ? "no rule" : "no rule root",
        expected: "rules 'name ::= …', one of them root")
    }
    var whole: [GrammarExpression] = []
    for (name, number) in numbers.sorted(by: { $0.value < $1.value }) {
      guard let expression = expressions[number] else {
        throw text.malformed(
          "\(Self.quoted(name)), which is no rule of the grammar", "a name that a rule has",
          at: places[number])
      }
      whole.append(expression)
    }
    let builder = try GrammarBuilder(whole, field: text.field)
    return (builder.network, builder.rule(root))
  }

  private mutating func rule() throws(ConstraintError) {
    let start = text.position
    guard let name = name() else { throw text.malformed(text.found, "the name of a rule") }
    skipSpace()
    if text.peek == "[" {
      throw text.unsupported("options of a rule", "a rule without options")
    }
    guard text.consume("::=") else { throw text.malformed(text.found, "'::=' behind the name of a rule") }
    let number = self.number(of: name, at: start)
    guard expressions[number] == nil else {
      throw text.malformed("a second rule \(Self.quoted(name))", "one rule of each name", at: start)
    }
    skipSpace()
    expressions[number] = try alternatives()
    if text.peek == ")" { throw text.malformed("')' without its '('", "balanced groups") }
  }

  private mutating func number(of name: String, at place: Int) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = expressions.count
    places.append(place)
    expressions.append(nil)
    return expressions.count - 1
  }

  private static func quoted(_ name: String) -> String {
    name.count <= 60 ? name : name.prefix(60) + "…"
  }

  /// What xgrammar reads as no rule, where a parenthesis follows.
  private static let macros: Set<String> = [
    "Regex", "Substring", "TagDispatch", "Token", "ExcludeToken", "TokenTagDispatch",
  ]

  // MARK: Expressions

  private mutating func alternatives() throws(ConstraintError) -> GrammarExpression {
    var parts = [try sequence()]
    while text.consume("|") {
      skipSpace()
      parts.append(try sequence())
    }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(ConstraintError) -> GrammarExpression {
    var parts: [GrammarExpression] = []
    while let next = text.peek, next != "|", next != ")", !isAtRule {
      var part = try element()
      part = try repeated(part)
      parts.append(part)
      skipSpace()
    }
    return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func element() throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    switch text.peek! {
    case "\"": return .literal(Array(try literal().utf8))
    case "[": return .scalars(try characterClass())
    case ".":
      text.position += 1
      return .scalars(.all)
    case "(":
      text.position += 1
      if text.peek == "=" { throw text.unsupported("a look ahead '(='", "a grammar without it", at: start) }
      depth += 1
      guard depth <= ConstraintLimits.groupDepth else {
        throw .limit(
          text.place(of: start), "groups \(depth) deep", atMost: ConstraintLimits.groupDepth,
          "groups in one another")
      }
      skipSpace()
      let group = try alternatives()
      guard text.consume(")") else {
        throw text.malformed("'(' without its ')'", "balanced groups", at: start)
      }
      depth -= 1
      return group
    case "<", "!": throw text.unsupported("a token by its name", "the text itself, in quotes")
    default:
      guard let name = name() else {
        throw text.malformed(text.found, "a text in quotes, a class, a group or the name of a rule")
      }
      if text.peek == "(", Self.macros.contains(name) {
        throw text.unsupported("the macro \(name)", "rules", at: start)
      }
      return .rule(number(of: name, at: start))
    }
  }

  private mutating func repeated(_ part: GrammarExpression) throws(ConstraintError) -> GrammarExpression {
    var part = part
    while true {
      let start = text.position
      skipBlanks()
      if text.consume("*") {
        part = .repeated(part, minimum: 0, maximum: nil)
      } else if text.consume("+") {
        part = .repeated(part, minimum: 1, maximum: nil)
      } else if text.consume("?") {
        part = .repeated(part, minimum: 0, maximum: 1)
      } else if text.peek == "{" {
        let bounds = try bounds()
        part = .repeated(part, minimum: bounds.minimum, maximum: bounds.maximum)
      } else {
        text.position = start
        return part
      }
    }
  }

  private mutating func bounds() throws(ConstraintError) -> (minimum: Int, maximum: Int?) {
    let start = text.position
    text.position += 1
    skipSpace()
    guard let minimum = text.number() else { throw text.malformed(text.found, "a number behind '{'") }
    skipSpace()
    if text.consume("}") { return try text.checked(minimum, minimum, at: start) }
    guard text.consume(",") else { throw text.malformed(text.found, "',' or '}'") }
    skipSpace()
    let maximum = text.number()
    skipSpace()
    guard text.consume("}") else { throw text.malformed(text.found, "'}'") }
    return try text.checked(minimum, maximum, at: start)
  }

  // MARK: Names and space

  private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      || scalar == "-" || scalar == "_" || scalar == "."
  }

  private mutating func name() -> String? {
    if text.peek == "." || text.peek == "-" { return nil }
    let name = text.take(Self.isOfName)
    return name.isEmpty ? nil : name
  }

  /// Whether the next rule begins here.
  private var isAtRule: Bool {
    var ahead = self
    guard ahead.name() != nil else { return false }
    ahead.skipBlanks()
    if ahead.text.peek == "[" {
      // Options of a rule, unless it is a class behind the name of a rule.
      let line = ahead.text.take { $0 != "\n" && $0 != "]" }
      ahead.text.position += 1
      ahead.skipBlanks()
      return line.contains { $0.isLetter } && ahead.text.looks(at: "::=")
    }
    ahead.skipSpace()
    return ahead.text.looks(at: "::=")
  }

  private mutating func skipBlanks() { while text.peek == " " || text.peek == "\t" { text.position += 1 } }

  /// White space, ends of lines and comments.
  private mutating func skipSpace() {
    while let next = text.peek {
      if next == "#" {
        text.skipLine()
      } else if next == " " || next == "\t" || next == "\n" || next == "\r" {
        text.position += 1
      } else {
        return
      }
    }
  }
}
