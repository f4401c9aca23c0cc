extension TemplateParser {
  /// An expression, or several with commas, which make a tuple.
  /// - Parameters:
  ///   - withConditional: whether `if` belongs to the expression.
  ///   - end: a keyword that ends the tuple.
  ///   - mayBeEmpty: whether nothing at all is an empty tuple.
  mutating func tupleOrExpression(
    withConditional: Bool = true, until end: String? = nil, mayBeEmpty: Bool = false
  ) throws(TemplateError) -> Expression {
    var elements: [Expression] = []
    var isTuple = false
    while true {
      if isTupleEnd(end) { break }
      elements.append(try expression(withConditional: withConditional))
      guard skip(.comma) else { break }
      isTuple = true
    }
    if !isTuple {
      if let element = elements.first { return element }
      guard mayBeEmpty else { throw unexpected(expected: "an expression") }
    }
    return try node(.tuple(elements), over: elements)
  }

  private func isTupleEnd(_ end: String?) -> Bool {
    switch token.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    case .name(let name): name == end
    default: false
    }
  }

  /// An expression that is no tuple.
  @inline(never)
  mutating func expression(withConditional: Bool = true) throws(TemplateError) -> Expression {
    try nested { parser throws(TemplateError) in
      withConditional ? try parser.conditional() : try parser.disjunction()
    }
  }

  private mutating func conditional() throws(TemplateError) -> Expression {
    var result = try disjunction()
    while skip("if") {
      let test = try disjunction()
      var otherwise: Expression?
      if skip("else") { otherwise = try nested { parser throws(TemplateError) in try parser.conditional() } }
      let parts = [result, test] + (otherwise.map { [$0] } ?? [])
      result = try node(.conditional(test: test, then: result, otherwise: otherwise), over: parts)
    }
    return result
  }

  private mutating func disjunction() throws(TemplateError) -> Expression {
    var left = try conjunction()
    while skip("or") {
      let right = try conjunction()
      left = try node(.or(left, right), over: [left, right])
    }
    return left
  }

  private mutating func conjunction() throws(TemplateError) -> Expression {
    var left = try negation()
    while skip("and") {
      let right = try negation()
      left = try node(.and(left, right), over: [left, right])
    }
    return left
  }

  private mutating func negation() throws(TemplateError) -> Expression {
    guard skip("not") else { return try comparison() }
    let operand = try nested { parser throws(TemplateError) in try parser.negation() }
    return try node(.not(operand), over: [operand])
  }

  private mutating func comparison() throws(TemplateError) -> Expression {
    let left = try sum()
    var operands: [Operand] = []
    while let comparison = comparisonOperator() {
      operands.append(Operand(comparison: comparison, right: try sum()))
    }
    return operands.isEmpty
      ? left : try node(.comparison(left, operands), over: [left] + operands.map(\.right))
  }

  private mutating func comparisonOperator() -> ComparisonOperator? {
    switch token.kind {
    case .symbol(let symbol):
      guard let comparison = ComparisonOperator(rawValue: symbol.rawValue) else { return nil }
      advance()
      return comparison
    case .name("in"):
      advance()
      return .isIn
    case .name("not") where tokenAfterNext.kind == .name("in"):
      advance()
      advance()
      return .isNotIn
    default: return nil
    }
  }

  private mutating func sum() throws(TemplateError) -> Expression {
    var left = try concatenation()
    while case .symbol(let symbol) = token.kind, symbol == .plus || symbol == .minus {
      advance()
      let right = try concatenation()
      left = try node(.binary(symbol == .plus ? .add : .subtract, left, right), over: [left, right])
    }
    return left
  }

  private mutating func concatenation() throws(TemplateError) -> Expression {
    var parts = [try product()]
    while skip(.tilde) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : try node(.concatenation(parts), over: parts)
  }

  private mutating func product() throws(TemplateError) -> Expression {
    var left = try power()
    while case .symbol(let symbol) = token.kind,
      symbol == .multiply || symbol == .divide || symbol == .floorDivide || symbol == .modulo,
      let operation = BinaryOperator(rawValue: symbol.rawValue)
    {
      advance()
      let right = try power()
      left = try node(.binary(operation, left, right), over: [left, right])
    }
    return left
  }

  /// Powers associate to the left here, unlike in Python.
  private mutating func power() throws(TemplateError) -> Expression {
    var left = try unary(withFilters: true)
    while skip(.power) {
      let right = try unary(withFilters: true)
      left = try node(.binary(.power, left, right), over: [left, right])
    }
    return left
  }

  private mutating func unary(withFilters: Bool) throws(TemplateError) -> Expression {
    var result: Expression
    if isAt(.minus) || isAt(.plus) {
      let isNegative = isAt(.minus)
      advance()
      let operand = try nested { parser throws(TemplateError) in try parser.unary(withFilters: false) }
      result = try node(isNegative ? .negative(operand) : .positive(operand), over: [operand])
    } else {
      result = try primary()
    }
    result = try postfix(of: result)
    return withFilters ? try filtersAndTests(of: result) : result
  }
}
