import QuireExpressions
import QuireJSON

/// Reads grammars in the dialect of Lark's notation that llguidance and xgrammar have: rules `name: …`, terminals
/// `NAME: …`, of which `start` is the first rule. A terminal ends wherever its expression lets it.
///
/// Recursive descent, linear time; recursion is bounded by ``ConstraintLimits/groupDepth``.
struct LarkParser {
  var text: GrammarText
  var numbers: [String: Int] = [:]
  /// Where each name is asked for first.
  private var places: [Int] = []
  var expressions: [GrammarExpression?] = []
  private var isTerminal: [Bool] = []
  var depth = 0
  /// What `%ignore` names; put behind each lexeme of a rule.
  var ignored: [GrammarExpression] = []
  /// The number of the rule of all that is ignored.
  var ignoredRule = 0
  private var allowsInitialSkip = false
  /// Whether the right side of a terminal is being read.
  var isInTerminal = false

  /// The grammar as a network, and its first rule.
  static func network(
    _ text: String, field: String
  ) throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    var parser = LarkParser(text: try GrammarText(text, field: field))
    return try parser.grammar()
  }

  private init(text: GrammarText) { self.text = text }

  private mutating func grammar() throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    ignoredRule = number(of: "%ignore", at: 0)
    skipSpace()
    while !text.isAtEnd {
      if text.peek == "%" { try directive() } else { try definition() }
      skipSpace()
    }
    guard let start = numbers["start"], expressions[start] != nil else {
      throw ConstraintError(
        .malformed, text.field, found: expressions.count == 1 ? "no rule" : "no rule start",
        expected: "rules 'name: …', one of them start; or rules 'name ::= …', one of them root")
    }
    try separateTail(of: start)
    expressions[ignoredRule] =
      ignored.isEmpty ? .empty : .repeated(.alternatives(ignored), minimum: 0, maximum: nil)
    var whole: [GrammarExpression] = []
    for (name, number) in numbers.sorted(by: { $0.value < $1.value }) {
      guard let expression = expressions[number] else {
        throw text.malformed(
          "\(name.prefix(60)), which is no rule or terminal of the grammar", "a name that is defined",
          at: places[number])
      }
      whole.append(expression)
    }
    try checkTerminals(whole)
    if allowsInitialSkip { whole.append(.sequence([.rule(ignoredRule), .rule(start)])) }
    let builder = try GrammarBuilder(whole, field: text.field)
    return (builder.network, builder.rule(allowsInitialSkip ? whole.count - 1 : start))
  }

  // MARK: Definitions

  private mutating func definition() throws(ConstraintError) {
    let start = text.position
    while text.consume("?") || text.consume("!") {}
    guard let name = name() else { throw text.malformed(text.found, "the name of a rule or terminal") }
    let isTerminal = Self.isTerminal(name)
    if text.peek == "." {
      // A priority chooses among the trees of a text, and thus changes no text.
      text.position += 1
      _ = text.consume("-")
      guard text.number() != nil else { throw text.malformed(text.found, "a number behind '.'") }
    }
    if text.peek == "{" { throw text.unsupported("a template", "rules without parameters") }
    skipBlanks()
    let options = try ruleOptions()
    skipBlanks()
    guard text.consume(":") else { throw text.malformed(text.found, "':' behind the name of a rule") }
    let number = self.number(of: name, at: start)
    guard expressions[number] == nil else {
      throw text.malformed("a second definition of \(name.prefix(60))", "one of each name", at: start)
    }
    isInTerminal = isTerminal || options.isLazy
    var expression = try alternatives()
    isInTerminal = false
    if options.isLazy {
      let parts = [expression] + (options.suffix.map { [$0] } ?? [])
      expression = .combined(.shortest, [.sequence(parts)])
      self.isTerminal[number] = true
      if !isTerminal { expression = .sequence([expression, .rule(ignoredRule)]) }
    }
    expressions[number] = expression
    guard text.isAtEnd || text.peek == "\n" || text.peek == "\r" else {
      throw text.malformed(text.found, "the end of the line, or '|'")
    }
  }

  mutating func number(of name: String, at place: Int) -> Int {
    if let known = numbers[name] { return known }
    numbers[name] = expressions.count
    places.append(place)
    expressions.append(nil)
    isTerminal.append(Self.isTerminal(name))
    return expressions.count - 1
  }

  static func isTerminal(_ name: String) -> Bool {
    name.unicodeScalars.first { $0 != "_" }.map { ("A"..."Z").contains($0) } ?? false
  }

  /// Throws where a terminal names a rule, or itself.
  private func checkTerminals(_ expressions: [GrammarExpression]) throws(ConstraintError) {
    for (name, number) in numbers.sorted(by: { $0.value < $1.value }) where isTerminal[number] {
      var pending = [number]
      var seen: Set<Int> = []
      while let next = pending.popLast() {
        for other in expressions[next].rules where other != ignoredRule {
          guard isTerminal[other], other != number else {
            throw text.malformed(
              "the terminal \(name.prefix(60)), in which a rule or the terminal itself stands",
              "texts, expressions and other terminals", at: places[number])
          }
          if seen.insert(other).inserted { pending.append(other) }
        }
      }
    }
  }

  // MARK: Directives

  private mutating func directive() throws(ConstraintError) {
    let start = text.position
    text.position += 1
    let word = text.take { $0.isASCII && ($0.properties.isAlphabetic || $0 == "_") }
    skipBlanks()
    switch word {
    case "ignore":
      isInTerminal = true
      ignored.append(try alternatives())
      isInTerminal = false
    case "import": try importCommon(at: start)
    case "llguidance", "grammar_options": try grammarOptions(at: start)
    default:
      throw text.unsupported("'%\(word)'", "%ignore, %import common, %json and %regex", at: start)
    }
  }

  private mutating func importCommon(at start: Int) throws(ConstraintError) {
    guard text.consume("common") else {
      throw text.unsupported("an import from elsewhere", "%import common", at: start)
    }
    var names: [(String, String)] = []
    func terminalName(_ self: inout LarkParser) throws(ConstraintError) -> String {
      self.skipBlanks()
      guard let name = self.name() else { throw self.text.malformed(self.text.found, "a name") }
      self.skipBlanks()
      return name
    }
    if text.consume(".") {
      let name = try terminalName(&self)
      names.append((name, text.consume("->") ? try terminalName(&self) : name))
    } else {
      skipBlanks()
      guard text.consume("(") else { throw text.malformed(text.found, "'.' or '('") }
      repeat {
        let name = try terminalName(&self)
        names.append((name, name))
      } while text.consume(",")
      guard text.consume(")") else { throw text.malformed(text.found, "')'") }
    }
    for (name, alias) in names {
      guard let expression = LarkCommon.expressions[name] else {
        throw text.malformed(
          "common.\(name.prefix(60))", LarkCommon.expressions.keys.sorted().joined(separator: ", "),
          at: start)
      }
      let number = self.number(of: alias, at: start)
      guard expressions[number] == nil else {
        throw text.malformed("a second definition of \(alias.prefix(60))", "one of each name", at: start)
      }
      let node = try RegexParser.grammarNode(expression, place: text.field, GrammarRegexOptions())
      expressions[number] = .automaton(try ScalarAutomaton(node, place: text.field))
    }
  }

  private mutating func grammarOptions(at start: Int) throws(ConstraintError) {
    guard case .object(let members) = try json() else {
      throw text.malformed("options that are no object", "{…}", at: start)
    }
    for member in members {
      if member.name == "allow_initial_skip", case .bool(let value) = member.value {
        allowsInitialSkip = value
      } else if member.name != "no_forcing" {
        // That one says how masks are made, not which texts there are.
        throw text.unsupported("the option \(member.name.prefix(60))", "allow_initial_skip", at: start)
      }
    }
  }

  // MARK: Names and space

  func isOfName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)) || scalar == "_"
      || scalar == "-"
  }

  mutating func name() -> String? {
    guard let first = text.peek, first.isASCII, first.properties.isAlphabetic || first == "_" else {
      return nil
    }
    let start = text.position
    while let next = text.peek, isOfName(next), !text.looks(at: "->") { text.position += 1 }
    return text.text(from: start)
  }

  /// Spaces and comments of this line.
  mutating func skipBlanks() {
    while let next = text.peek {
      if next == " " || next == "\t" || next == "\r" {
        text.position += 1
      } else if next == "#" || text.looks(at: "//") {
        text.skipLine()
      } else {
        return
      }
    }
  }

  mutating func skipSpace() {
    skipBlanks()
    while text.consume("\n") { skipBlanks() }
  }

  /// Passes ends of lines where the next line goes on with an alternative, or within a group.
  mutating func skipToContinuation() {
    skipBlanks()
    guard text.peek == "\n" else { return }
    let start = text.position
    skipSpace()
    if depth == 0, text.peek != "|" { text.position = start }
  }
}
