extension Interpreter {
  /// Whether Python takes the value as true.
  func isTrue(_ value: TemplateValue) -> Bool {
    switch value {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .wideInteger: true
    case .number(let value): value != 0
    case .text(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.elements.isEmpty
    case .map(let map): !map.entries.isEmpty
    case .object(.range(let range)): range.count > 0
    case .object(.view(_, let map)): !map.entries.isEmpty
    case .object: true
    }
  }

  /// The elements that a loop over the value meets; an iterator is used up.
  /// - Throws: where the value cannot be iterated over.
  func elements(of value: TemplateValue) throws(TemplateError) -> [TemplateValue] {
    switch value {
    case .undefined: return []
    case .list(let list), .tuple(let list): return list.elements
    case .map(let map):
      try meter.allocate(32 * map.entries.count)
      return map.keys
    case .text(var text):
      try meter.allocate(64 * text.byteCount)
      // The characters of markup are none.
      text.isMarkup = false
      return text.scalars.map { .text(text[$0.range]) }
    case .object(.range(let range)):
      try meter.allocate(32 * range.count)
      return (0..<range.count).map { .integer(range[$0]) }
    case .object(.view(let view, let map)):
      try meter.allocate(96 * map.entries.count)
      return view.elements(of: map)
    case .object(.iterator(let number)): return try rest(number)
    default: throw .evaluation("a value of type \(value.typeName) cannot be iterated over")
    }
  }

  /// The next element of an iterator, or the first one of any other value; nil where there is none.
  func firstElement(of value: TemplateValue) throws(TemplateError) -> TemplateValue? {
    if case .object(.iterator(let number)) = value { return try next(number) }
    if case .text(var text) = value {
      text.isMarkup = false
      return text.isEmpty ? nil : .text(text[text.scalar(at: 0).range])
    }
    return try elements(of: value).first
  }

  /// The number of elements, as Python's `len`.
  /// - Throws: where the value has no length.
  func length(of value: TemplateValue) throws(TemplateError) -> Int {
    switch value {
    case .undefined: return 0
    case .text(let text):
      try meter.work(text.byteCount)
      return text.scalarCount
    case .list(let list), .tuple(let list): return list.elements.count
    case .map(let map): return map.entries.count
    case .object(.range(let range)): return range.count
    case .object(.view(_, let map)): return map.entries.count
    case .object(.loop(let number)): return loops[number].elements.count
    default: throw .evaluation("a value of type \(value.typeName) has no length")
    }
  }

  /// Whether two values are equal.
  @inline(never)
  func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
    try meter.work(min(left.size, right.size))
    return left.equals(right)
  }

  /// The order of two values.
  /// - Throws: where there is none.
  @inline(never)
  func order(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> TemplateValue.Order {
    try meter.work(min(left.size, right.size))
    return try left.order(right)
  }

  /// Whether a comparison holds.
  func holds(
    _ comparison: ComparisonOperator, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: return try areEqual(left, right)
    case .notEqual: return !(try areEqual(left, right))
    case .less: return try order(left, right) == .less
    case .greater: return try order(left, right) == .greater
    case .lessOrEqual: return [.less, .equal].contains(try order(left, right))
    case .greaterOrEqual: return [.greater, .equal].contains(try order(left, right))
    case .isIn: return try contains(right, left)
    case .isNotIn: return !(try contains(right, left))
    }
  }

  /// Whether `element in container` holds.
  func contains(_ container: TemplateValue, _ element: TemplateValue) throws(TemplateError) -> Bool {
    switch container {
    case .text(let text):
      guard case .text(let pattern) = element else {
        throw .evaluation("only a str can be in a str, not \(element.typeName)")
      }
      try meter.work(text.byteCount)
      return text.firstOffset(of: pattern, in: 0..<text.byteCount) != nil
    case .map(let map), .object(.view(.keys, let map)):
      guard element.isHashable else {
        throw .evaluation("a \(element.typeName) cannot be a key of a dictionary")
      }
      return map[element] != nil
    case .object(.range(let range)):
      guard case .number(let value) = element else {
        guard let value = element.integerValue, range.count > 0 else { return false }
        return contains(range, value)
      }
      return Int(exactly: value).map { contains(range, $0) } ?? false
    case .object(.iterator):
      while let candidate = try firstElement(of: container) {
        if try areEqual(candidate, element) { return true }
      }
      return false
    default:
      for candidate in try elements(of: container) where try areEqual(candidate, element) { return true }
      return false
    }
  }

  private func contains(_ range: TemplateRange, _ value: Int) -> Bool {
    guard range.count > 0 else { return false }
    let (low, high) = (min(range.start, range[range.count - 1]), max(range.start, range[range.count - 1]))
    // The distance fits, since the range itself lies between the two.
    return low <= value && value <= high && (value - low) % range.step == 0
  }
}
