import QuireJSON

extension TemplateValue {
  /// How two values stand to each other; `unordered` where one of them is not a number (NaN).
  enum Order {
    case less, equal, greater, unordered
  }

  /// The order of two numbers by their exact values, nil where one is no number. Booleans count as 0 and 1.
  func numericOrder(_ other: TemplateValue) -> Order? {
    switch (self, other) {
    case (.number(let left), .number(let right)): return Self.order(left, right)
    case (.number(let left), _): return other.order(beside: left)?.reversed
    case (_, .number(let right)): return order(beside: right)
    default:
      if let left = integerValue, let right = other.integerValue {
        return left < right ? .less : left == right ? .equal : .greater
      }
      guard let left = wideIntegerValue, let right = other.wideIntegerValue else { return nil }
      return left < right ? .less : left == right ? .equal : .greater
    }
  }

  /// The order of two values as `<` has it.
  /// - Throws: where Python knows no order of their types.
  func order(_ other: TemplateValue) throws(TemplateError) -> Order {
    if let order = numericOrder(other) { return order }
    switch (self, other) {
    case (.text(let left), .text(let right)): return left < right ? .less : left == right ? .equal : .greater
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (leftElement, rightElement) in zip(left.elements, right.elements)
      where !leftElement.equals(rightElement) {
        return try leftElement.order(rightElement)
      }
      let (leftCount, rightCount) = (left.elements.count, right.elements.count)
      return leftCount < rightCount ? .less : leftCount == rightCount ? .equal : .greater
    default:
      for case .undefined(let name) in [self, other] { throw .undefinedValue(name) }
      throw .evaluation("there is no order of \(typeName) and \(other.typeName)")
    }
  }

  private static func order(_ left: Double, _ right: Double) -> Order {
    left < right ? .less : left == right ? .equal : left > right ? .greater : .unordered
  }

  /// The order of an integer and a number, nil where the value is no integer.
  private func order(beside right: Double) -> Order? {
    guard case .wideInteger(let left) = self else { return integerValue.map { Self.order($0, right) } }
    if right.isNaN { return .unordered }
    if right.isInfinite { return right < 0 ? .greater : .less }
    let whole = WideInteger(truncating: right)
    // A number with a fraction is smaller in magnitude than any integer of more than 64 bits.
    return left < whole ? .less : left == whole ? .equal : .greater
  }

  private static func order(_ left: Int, _ right: Double) -> Order {
    if right.isNaN { return .unordered }
    if right >= 0x1p63 { return .less }
    if right < -0x1p63 { return .greater }
    let whole = Int(right)
    if left != whole { return left < whole ? .less : .greater }
    return order(Double(whole), right)
  }
}

extension TemplateValue.Order {
  /// The order of the two values the other way round.
  fileprivate var reversed: Self {
    switch self {
    case .less: .greater
    case .greater: .less
    case .equal, .unordered: self
    }
  }
}

extension TemplateError {
  /// Something was done with a value that is not there.
  static func undefinedValue(_ name: String) -> TemplateError {
    .evaluation("\(Excerpt.bare(name, limit: Excerpt.nameLimit)) is undefined")
  }
}
