extension TemplateParser {
  /// A name, a constant, or brackets.
  mutating func primary() throws(TemplateError) -> Expression {
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return try node(.constant(.bool(true)))
      case "false", "False": return try node(.constant(.bool(false)))
      case "none", "None": return try node(.constant(.none))
      default: return try node(.name(makeSite(name)))
      }
    case .string:
      // Strings beside one another are one.
      var text: [UInt8] = []
      while case .string(let part) = token.kind {
        text += part
        advance()
      }
      return try node(.constant(.text(TemplateText(utf8: text, isLiteral: true))))
    case .integer(let value):
      advance()
      return try node(.constant(.integer(value)))
    case .wideInteger(let value):
      advance()
      return try node(.constant(.wideInteger(value)))
    case .number(let value):
      advance()
      return try node(.constant(.number(value)))
    case .symbol(.leftParenthesis):
      advance()
      let inner = try tupleOrExpression(mayBeEmpty: true)
      try expect(.symbol(.rightParenthesis))
      return inner
    case .symbol(.leftBracket): return try list()
    case .symbol(.leftBrace): return try dictionary()
    default: throw unexpected(expected: "an expression")
    }
  }

  private mutating func list() throws(TemplateError) -> Expression {
    advance()
    var elements: [Expression] = []
    while !isAt(.rightBracket) {
      elements.append(try expression())
      if !isAt(.rightBracket) { try expect(.symbol(.comma)) }
    }
    advance()
    return try node(.list(elements), over: elements)
  }

  private mutating func dictionary() throws(TemplateError) -> Expression {
    advance()
    var pairs: [Pair] = []
    while !isAt(.rightBrace) {
      let key = try expression()
      try expect(.symbol(.colon))
      pairs.append(Pair(key: key, value: try expression()))
      if !isAt(.rightBrace) { try expect(.symbol(.comma)) }
    }
    advance()
    return try node(.dictionary(pairs), over: pairs.flatMap { [$0.key, $0.value] })
  }

  // MARK: What follows

  /// Attributes, subscripts and calls behind an expression.
  mutating func postfix(of expression: Expression) throws(TemplateError) -> Expression {
    var result = expression
    while true {
      switch token.kind {
      case .symbol(.dot): result = try attribute(of: result)
      case .symbol(.leftBracket): result = try item(of: result)
      case .symbol(.leftParenthesis): result = try call(result)
      default: return result
      }
    }
  }

  /// Filters, tests and calls behind an expression.
  mutating func filtersAndTests(of expression: Expression) throws(TemplateError) -> Expression {
    var result = expression
    while true {
      switch token.kind {
      case .symbol(.pipe): result = try filters(of: result)
      case .name("is"): result = try test(of: result)
      case .symbol(.leftParenthesis): result = try call(result)
      default: return result
      }
    }
  }

  private mutating func attribute(of object: Expression) throws(TemplateError) -> Expression {
    advance()
    switch token.kind {
    case .name(let name):
      advance()
      return try node(.attribute(object, AttributeName(name)), over: [object])
    case .integer(let index):
      advance()
      return try node(.item(object, try node(.constant(.integer(index)))), over: [object])
    default: throw unexpected(expected: "a name or number")
    }
  }

  private mutating func item(of object: Expression) throws(TemplateError) -> Expression {
    advance()
    if let slice = try slice(of: object) { return slice }
    var arguments: [Expression] = []
    while !isAt(.rightBracket) {
      if !arguments.isEmpty { try expect(.symbol(.comma)) }
      arguments.append(try expression())
      if isAt(.colon) {
        guard arguments.count == 1 else { throw unexpected(expected: "no slice beside other subscripts") }
        return try slice(of: object, start: arguments[0])
      }
    }
    advance()
    let index = arguments.count == 1 ? arguments[0] : try node(.tuple(arguments), over: arguments)
    return try node(.item(object, index), over: [object, index])
  }

  /// A slice without start, nil where none comes next.
  private mutating func slice(of object: Expression) throws(TemplateError) -> Expression? {
    isAt(.colon) ? try slice(of: object, start: nil) : nil
  }

  /// A slice from its first colon on.
  private mutating func slice(of object: Expression, start: Expression?) throws(TemplateError) -> Expression {
    advance()
    var stop: Expression?
    var step: Expression?
    if !isAt(.colon), !isAt(.rightBracket) { stop = try expression() }
    if skip(.colon), !isAt(.rightBracket) { step = try expression() }
    try expect(.symbol(.rightBracket))
    return try node(
      .slice(object, start: start, stop: stop, step: step),
      over: [object] + [start, stop, step].compactMap { $0 })
  }

  private mutating func call(_ function: Expression) throws(TemplateError) -> Expression {
    let arguments = try callArguments()
    return try node(.call(function, arguments), over: [function] + arguments.expressions)
  }

  /// Arguments in parentheses.
  private mutating func callArguments() throws(TemplateError) -> CallArguments {
    let place = token.place
    try expect(.symbol(.leftParenthesis))
    var arguments = CallArguments()
    func ensure(_ isValid: Bool) throws(TemplateError) {
      guard isValid else { throw TemplateError(.syntax, "arguments in an order that no call has", at: place) }
    }
    while !isAt(.rightParenthesis) {
      if skip(.multiply) {
        try ensure(arguments.unpacked == nil && arguments.unpackedNamed == nil)
        arguments.unpacked = try expression()
      } else if skip(.power) {
        try ensure(arguments.unpackedNamed == nil)
        arguments.unpackedNamed = try expression()
      } else if case .name(let name) = token.kind, tokenAfterNext.kind == .symbol(.assign) {
        try ensure(arguments.unpackedNamed == nil && !arguments.named.contains { $0.name == name })
        advance()
        advance()
        arguments.named.append((name, try expression()))
      } else {
        try ensure(arguments.unpacked == nil && arguments.unpackedNamed == nil && arguments.named.isEmpty)
        arguments.positional.append(try expression())
      }
      if !isAt(.rightParenthesis) { try expect(.symbol(.comma)) }
    }
    advance()
    return arguments
  }

  /// Filters behind an expression, or, without one, those of a filter block or block set.
  /// - Parameter beginsWithName: whether the first filter comes without its bar.
  mutating func filters(
    of input: Expression?, beginsWithName: Bool = false
  ) throws(TemplateError) -> Expression {
    var result = input
    var needsBar = !beginsWithName
    while !needsBar || isAt(.pipe) {
      if needsBar { advance() }
      needsBar = true
      let name = try dottedName("a filter's name")
      let arguments = isAt(.leftParenthesis) ? try callArguments() : CallArguments()
      result = try node(
        .filter(result, name: name, arguments), over: (result.map { [$0] } ?? []) + arguments.expressions)
    }
    guard let result else { throw unexpected(expected: "a filter") }
    return result
  }

  private mutating func test(of value: Expression) throws(TemplateError) -> Expression {
    advance()
    let isNegated = skip("not")
    let name = try dottedName("a test's name")
    var arguments = CallArguments()
    switch token.kind {
    case .symbol(.leftParenthesis): arguments = try callArguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw unexpected(expected: "no second test: tests cannot be chained with \"is\"")
    case .name, .string, .integer, .wideInteger, .number, .symbol(.leftBracket), .symbol(.leftBrace):
      arguments.positional = [try postfix(of: try primary())]
    default: break
    }
    let test = try node(.test(value, name: name, arguments), over: [value] + arguments.expressions)
    return isNegated ? try node(.not(test), over: [test]) : test
  }

  private mutating func dottedName(_ expectation: String) throws(TemplateError) -> String {
    var name = try expectName(expectation)
    while skip(.dot) { name += "." + (try expectName(expectation)) }
    return name
  }
}
