extension Interpreter {
  /// The value of an expression.
  func evaluate(_ expression: Expression, _ frame: Frame) throws(TemplateError) -> TemplateValue {
    switch expression.kind {
    case .constant(let value): return value
    case .name(let site): return try defined(value(of: site, frame))
    default: break
    }
    try meter.enter()
    defer { meter.leave() }
    // Evaluations stand in one another: each form has a function of its own, so that none takes the stack of all.
    switch expression.kind {
    case .constant, .name: preconditionFailure("evaluated above")
    case .attribute(let object, let name): return try defined(try evaluateAttribute(name, of: object, frame))
    case .item(let object, let index): return try defined(try evaluateItem(index, of: object, frame))
    case .slice(let object, let start, let stop, let step):
      return try evaluateSlice(of: object, start, stop, step, frame)
    case .list, .tuple, .dictionary: return try evaluateContainer(expression, frame)
    case .negative, .positive, .not: return try evaluateSigned(expression, frame)
    case .binary(let operation, let left, let right): return try evaluate(operation, left, right, frame)
    case .and(let left, let right): return try evaluateEither(left, right, endsWhen: false, frame)
    case .or(let left, let right): return try evaluateEither(left, right, endsWhen: true, frame)
    case .concatenation(let parts): return try concatenate(parts, frame)
    case .comparison(let left, let operands): return try compare(left, operands, frame)
    case .conditional(let test, let then, let otherwise):
      return try defined(try evaluate(then, if: test, else: otherwise, frame))
    case .call: return try evaluateCall(expression, frame, caller: nil)
    case .filter(let input, let name, let arguments):
      guard let input else { preconditionFailure("a filter without input outside a block") }
      return try evaluateFilter(name, of: input, arguments, frame)
    case .test(let value, let name, let arguments): return try evaluateTest(name, of: value, arguments, frame)
    }
  }

  /// The value, unless it is undefined and that is refused.
  private func defined(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    guard refusesUndefined, case .undefined(let name) = value else { return value }
    throw TemplateError(.undefined, TemplateError.undefinedValue(name).message)
  }

  /// The value of an expression that is asked whether it is there.
  private func evaluateProbe(_ expression: Expression, _ frame: Frame) throws(TemplateError) -> TemplateValue
  {
    let refuses = refusesUndefined
    refusesUndefined = false
    defer { refusesUndefined = refuses }
    return try evaluate(expression, frame)
  }

  @inline(never)
  private func evaluateContainer(
    _ expression: Expression, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    switch expression.kind {
    case .list(let elements): return try list(try evaluate(elements, frame))
    case .tuple(let elements): return try tuple(try evaluate(elements, frame))
    case .dictionary(let pairs): return try evaluate(pairs, frame)
    default: preconditionFailure("a list, tuple or dictionary")
    }
  }

  @inline(never)
  private func evaluateSigned(_ expression: Expression, _ frame: Frame) throws(TemplateError) -> TemplateValue
  {
    switch expression.kind {
    case .negative(let operand): return try negated(try evaluate(operand, frame))
    case .positive(let operand): return try positive(try evaluate(operand, frame))
    case .not(let operand): return .bool(!isTrue(try evaluate(operand, frame)))
    default: preconditionFailure("a sign or not")
    }
  }

  @inline(never)
  private func evaluateAttribute(
    _ name: AttributeName, of object: Expression, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    try attribute(name, of: try evaluate(object, frame))
  }

  @inline(never)
  private func evaluateItem(
    _ index: Expression, of object: Expression, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let object = try evaluate(object, frame)
    return try item(try evaluate(index, frame), of: object)
  }

  @inline(never)
  private func evaluate(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let left = try evaluate(left, frame)
    return try compute(operation, left, try evaluate(right, frame))
  }

  /// The left operand if its truth is `end`, else the right one.
  @inline(never)
  private func evaluateEither(
    _ left: Expression, _ right: Expression, endsWhen end: Bool, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let value = try evaluate(left, frame)
    return isTrue(value) == end ? value : try evaluate(right, frame)
  }

  @inline(never)
  private func evaluate(
    _ then: Expression, if test: Expression, else otherwise: Expression?, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    if isTrue(try evaluate(test, frame)) { return try evaluate(then, frame) }
    guard let otherwise else { return .undefined(name: "the value of an \"if\" without \"else\"") }
    return try evaluate(otherwise, frame)
  }

  @inline(never)
  private func evaluateFilter(
    _ name: String, of input: Expression, _ arguments: CallArguments, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let value =
      name == "default" || name == "d" ? try evaluateProbe(input, frame) : try evaluate(input, frame)
    return try filter(name, value, try evaluate(arguments, frame))
  }

  @inline(never)
  private func evaluateTest(
    _ name: String, of value: Expression, _ arguments: CallArguments, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let value =
      name == "defined" || name == "undefined"
      ? try evaluateProbe(value, frame) : try evaluate(value, frame)
    return .bool(try test(name, value, try evaluate(arguments, frame)))
  }

  /// Filters on the text of a block: the innermost one of the chain has no input of its own.
  func evaluateFilter(
    _ filter: Expression, on text: TemplateValue, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    guard case .filter(let input, let name, let arguments) = filter.kind else {
      preconditionFailure("a block's filter is a filter")
    }
    try meter.enter()
    defer { meter.leave() }
    var value = text
    if let input { value = try evaluateFilter(input, on: text, frame) }
    return try self.filter(name, value, try evaluate(arguments, frame))
  }

  @inline(never)
  private func evaluate(_ elements: [Expression], _ frame: Frame) throws(TemplateError) -> [TemplateValue] {
    try elements.map { element throws(TemplateError) in try evaluate(element, frame) }
  }

  @inline(never)
  private func evaluate(_ pairs: [Pair], _ frame: Frame) throws(TemplateError) -> TemplateValue {
    var map = TemplateMap()
    for pair in pairs {
      let key = try evaluate(pair.key, frame)
      try set(key, to: try evaluate(pair.value, frame), in: &map)
    }
    return .map(map)
  }

  @inline(never)
  private func concatenate(_ parts: [Expression], _ frame: Frame) throws(TemplateError) -> TemplateValue {
    let texts = try parts.map { part throws(TemplateError) in try string(of: try evaluate(part, frame)) }
    return .text(try joined(texts, separator: .empty))
  }

  /// Texts in one, with another between them.
  func joined(_ texts: [TemplateText], separator: TemplateText) throws(TemplateError) -> TemplateText {
    let (separators, overflows) = separator.byteCount.multipliedReportingOverflow(by: max(texts.count - 1, 0))
    try meter.allocate(overflows ? .max : texts.reduce(separators) { $0.addingUpTo($1.byteCount) })
    var result = TemplateText.empty
    for (index, text) in texts.enumerated() {
      if index > 0 { result.append(separator) }
      result.append(text)
    }
    return result
  }

  @inline(never)
  private func compare(
    _ left: Expression, _ operands: [Operand], _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    var left = try evaluate(left, frame)
    for operand in operands {
      let right = try evaluate(operand.right, frame)
      guard try holds(operand.comparison, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  @inline(never)
  private func evaluateSlice(
    of object: Expression, _ start: Expression?, _ stop: Expression?, _ step: Expression?, _ frame: Frame
  ) throws(TemplateError) -> TemplateValue {
    let object = try evaluate(object, frame)
    func bound(_ expression: Expression?) throws(TemplateError) -> Int? {
      guard let expression else { return nil }
      let value = try evaluate(expression, frame)
      if case .none = value { return nil }
      if case .wideInteger(let index) = value { return index.isNegative ? -Int.max : .max }
      guard let index = value.integerValue else {
        throw .evaluation("a slice's bounds must be integers or none, not \(value.typeName)")
      }
      return index
    }
    return try slice(object, try bound(start), try bound(stop), try bound(step))
  }
}
