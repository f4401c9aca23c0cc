extension Interpreter {
  /// The value of an operation of arithmetic, as Python has it.
  func compute(
    _ operation: BinaryOperator, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    if case .text(let format) = left, operation == .modulo {
      return .text(try PercentFormat.format(format, right, self))
    }
    for case .undefined(let name) in [left, right] { throw .undefinedValue(name) }
    if let left = left.integerValue, let right = right.integerValue {
      return try compute(operation, left, right)
    }
    if let left = left.wideIntegerValue, let right = right.wideIntegerValue {
      return try compute(operation, left, right)
    }
    if let left = try left.floatValue, let right = try right.floatValue {
      return try compute(operation, left, right)
    }
    switch (operation, left, right) {
    case (.add, .text(let left), .text(let right)): return .text(try add(left, right))
    case (.add, .list(let left), .list(let right)): return try list(left.elements + right.elements)
    case (.add, .tuple(let left), .tuple(let right)): return try tuple(left.elements + right.elements)
    case (.multiply, _, _):
      for (sequence, count) in [(left, right), (right, left)] {
        if let count = count.integerValue, let product = try repeated(sequence, count) { return product }
        if case .wideInteger = count { throw .limit("a repetition by an integer of more than 64 bits") }
      }
    default: break
    }
    throw .evaluation("\(operation.rawValue) has no meaning for \(left.typeName) and \(right.typeName)")
  }

  /// One text behind the other; if one of them is markup, the other one is escaped.
  private func add(_ left: TemplateText, _ right: TemplateText) throws(TemplateError) -> TemplateText {
    var (left, right) = (left, right)
    if left.isMarkup != right.isMarkup {
      try meter.allocate(6 * (left.isMarkup ? right : left).byteCount)
      if left.isMarkup { right = right.escapedMarkup } else { left = left.escapedMarkup }
    }
    try meter.allocate(left.byteCount.addingUpTo(right.byteCount))
    left.append(right)
    left.isMarkup = left.isMarkup || right.isMarkup
    return left
  }

  private func repeated(_ value: TemplateValue, _ count: Int) throws(TemplateError) -> TemplateValue? {
    let count = max(count, 0)
    func allocate(_ size: Int) throws(TemplateError) {
      let (product, overflows) = size.multipliedReportingOverflow(by: count)
      try meter.allocate(overflows ? .max : product)
    }
    switch value {
    case .text(let text):
      try allocate(max(text.byteCount, 1))
      var result = TemplateText.empty
      result.isMarkup = text.isMarkup
      for _ in 0..<count { result.append(text) }
      return .text(result)
    case .list(let elements):
      try allocate(32 * max(elements.elements.count, 1))
      return try list(Array(repeatElement(elements.elements, count: count).joined()))
    case .tuple(let elements):
      try allocate(32 * max(elements.elements.count, 1))
      return try tuple(Array(repeatElement(elements.elements, count: count).joined()))
    default: return nil
    }
  }

  private func compute(
    _ operation: BinaryOperator, _ left: Int, _ right: Int
  ) throws(TemplateError) -> TemplateValue {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = left.addingReportingOverflow(right)
    case .subtract: result = left.subtractingReportingOverflow(right)
    case .multiply: result = left.multipliedReportingOverflow(by: right)
    case .divide where left.magnitude <= 1 << 53 && right.magnitude <= 1 << 53:
      return try compute(operation, Double(left), Double(right))
    case .floorDivide, .modulo:
      guard right != 0 else { throw .evaluation("division by zero") }
      let (quotient, overflows) = left.dividedReportingOverflow(by: right)
      let remainder = overflows ? 0 : left % right
      // Python rounds quotients down, and remainders have the divisor's sign.
      let rounds = remainder != 0 && (remainder < 0) != (right < 0)
      result =
        operation == .floorDivide
        ? (quotient - (rounds ? 1 : 0), overflows) : (remainder + (rounds ? right : 0), false)
    case .divide, .power: result = (0, true)
    }
    guard result.overflow else { return .integer(result.partialValue) }
    return try compute(operation, WideInteger(left), WideInteger(right))
  }

  private func compute(
    _ operation: BinaryOperator, _ left: Double, _ right: Double
  ) throws(TemplateError) -> TemplateValue {
    switch operation {
    case .add: return .number(left + right)
    case .subtract: return .number(left - right)
    case .multiply: return .number(left * right)
    case .divide:
      guard right != 0 else { throw .evaluation("division by zero") }
      return .number(left / right)
    case .floorDivide, .modulo:
      guard right != 0 else { throw .evaluation("division by zero") }
      let (quotient, remainder) = PythonFloat.divide(left, right)
      return .number(operation == .floorDivide ? quotient : remainder)
    case .power: return .number(try PythonFloat.power(left, right))
    }
  }

  /// The value with its sign changed.
  func negated(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    if case .undefined(let name) = value { throw .undefinedValue(name) }
    if case .number(let value) = value { return .number(-value) }
    guard let integer = value.wideIntegerValue else {
      throw .evaluation("- has no meaning for \(value.typeName)")
    }
    return integer.negated.value
  }

  /// The value of a plus sign before it.
  func positive(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    if case .undefined(let name) = value { throw .undefinedValue(name) }
    if case .number = value { return value }
    guard let integer = value.wideIntegerValue else {
      throw .evaluation("+ has no meaning for \(value.typeName)")
    }
    return integer.value
  }
}

extension TemplateText {
  /// The text as markup, its special characters as entities of HTML.
  var escapedMarkup: TemplateText {
    guard !isMarkup else { return self }
    let entities: [Unicode.Scalar: String] = [
      "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&#39;", "\"": "&#34;",
    ]
    var escaped = mapScalars { entities[$0.scalar] }
    escaped.isMarkup = true
    return escaped
  }
}
