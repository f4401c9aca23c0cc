import QuireJSON

/// Reads tokens into statements by recursive descent, with Jinja's grammar.
struct TemplateParser {
  private let tokens: [Token]
  private var position = 0
  let limits: TemplateLimits
  /// Expressions that are being read.
  private var expressionDepth = 0
  /// Statements that are being read.
  private var statementDepth = 0
  /// Loops around the tag that `break` and `continue` can leave.
  var loopDepth = 0
  /// Loops around the tag at all: none of them lets `loop` be assigned.
  var enclosingLoops = 0
  /// Scopes so far.
  private(set) var scopeCount = 1
  /// Occurrences of names so far.
  private(set) var siteCount = 0

  /// A template's statements, and how many scopes and sites they have. Scope 0 is the template itself.
  static func parse(
    _ source: String, limits: TemplateLimits
  ) throws(TemplateError) -> (statements: [Statement], scopeCount: Int, siteCount: Int) {
    guard source.utf8.count <= limits.sourceBytes else {
      throw .limit("a template of \(source.utf8.count) bytes; at most \(limits.sourceBytes) are taken")
    }
    var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source), limits: limits)
    let statements = try parser.statements(until: [])
    return (statements, parser.scopeCount, parser.siteCount)
  }

  private init(tokens: [Token], limits: TemplateLimits) {
    self.tokens = tokens
    self.limits = limits
  }

  // MARK: Tokens

  /// The token that comes next.
  var token: Token { tokens[position] }

  /// The token behind that one.
  var tokenAfterNext: Token { tokens[min(position + 1, tokens.count - 1)] }

  /// Passes a token.
  mutating func advance() { position = min(position + 1, tokens.count - 1) }

  /// Whether a symbol comes next.
  func isAt(_ symbol: Token.Symbol) -> Bool { token.kind == .symbol(symbol) }

  /// Whether a keyword comes next.
  func isAt(_ keyword: String) -> Bool { token.kind == .name(keyword) }

  /// Passes a symbol if it comes next.
  mutating func skip(_ symbol: Token.Symbol) -> Bool {
    guard isAt(symbol) else { return false }
    advance()
    return true
  }

  /// Passes a keyword if it comes next.
  mutating func skip(_ keyword: String) -> Bool {
    guard isAt(keyword) else { return false }
    advance()
    return true
  }

  /// Passes a token that must come next.
  mutating func expect(_ kind: Token.Kind) throws(TemplateError) {
    guard token.kind == kind else { throw unexpected(expected: kind.summary) }
    advance()
  }

  /// Passes a name that must come next.
  mutating func expectName(_ expectation: String = "a name") throws(TemplateError) -> String {
    guard case .name(let name) = token.kind else { throw unexpected(expected: expectation) }
    advance()
    return name
  }

  /// An error about the token that comes next.
  func unexpected(expected: String) -> TemplateError {
    TemplateError(.syntax, "found \(token.kind.summary), expected \(expected)", at: token.place)
  }

  // MARK: Numbering and depth

  /// A number for a scope.
  mutating func makeScope() -> Int {
    scopeCount += 1
    return scopeCount - 1
  }

  /// A number for an occurrence of a name.
  mutating func makeSite(_ name: String) -> Site {
    siteCount += 1
    return Site(index: siteCount - 1, name: name)
  }

  /// An expression made of others, or the error that they stand too deep in one another.
  func node(_ kind: Expression.Kind, over children: [Expression] = []) throws(TemplateError) -> Expression {
    let depth = 1 + children.reduce(0) { max($0, $1.depth) }
    guard depth <= limits.expressionDepth else { throw tooDeep(limits.expressionDepth, "expressions") }
    return Expression(kind: kind, depth: depth)
  }

  /// Reads an expression one level down.
  @inline(never)
  mutating func nested(
    _ read: (inout TemplateParser) throws(TemplateError) -> Expression
  ) throws(TemplateError) -> Expression {
    // Twelve functions call one another for each pair of parentheses: a quarter of the depth of trees is bound here.
    guard expressionDepth < limits.expressionDepth / 4 else {
      throw tooDeep(limits.expressionDepth / 4, "expressions in brackets")
    }
    expressionDepth += 1
    defer { expressionDepth -= 1 }
    return try read(&self)
  }

  private func tooDeep(_ limit: Int, _ things: String) -> TemplateError {
    TemplateError(.limit, "more than \(limit) \(things) in one another", at: token.place)
  }

  // MARK: Statements

  /// Statements up to a tag that begins with one of `ends`, whose name comes next then; up to the end of the template
  /// where there are none.
  mutating func statements(until ends: [String]) throws(TemplateError) -> [Statement] {
    guard statementDepth < limits.statementDepth else { throw tooDeep(limits.statementDepth, "statements") }
    statementDepth += 1
    defer { statementDepth -= 1 }
    var statements: [Statement] = []
    while true {
      let place = token.place
      switch token.kind {
      case .data(let utf8):
        statements.append(Statement(kind: .text(TemplateText(utf8: utf8, isLiteral: true)), place: place))
        advance()
      case .variableBegin:
        advance()
        statements.append(Statement(kind: .output([try tupleOrExpression()]), place: place))
        try expect(.variableEnd)
      case .blockBegin:
        advance()
        if case .name(let name) = token.kind, ends.contains(name) { return statements }
        statements.append(Statement(kind: try statement(ends), place: place))
        try expect(.blockEnd)
      default:
        guard ends.isEmpty else {
          throw unexpected(expected: ends.map { "{% \($0) %}" }.joined(separator: " or "))
        }
        return statements
      }
    }
  }

  /// The statements of a tag's body: from the tag's end to a tag that begins with one of `ends`.
  mutating func bodyStatements(until ends: [String]) throws(TemplateError) -> [Statement] {
    _ = skip(.colon)
    try expect(.blockEnd)
    return try statements(until: ends)
  }
}
