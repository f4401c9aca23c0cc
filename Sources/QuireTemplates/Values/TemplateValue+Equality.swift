extension TemplateValue {
  /// Whether Python's `==` holds: numbers by their value, whatever their type, containers by their elements.
  func equals(_ other: TemplateValue) -> Bool {
    switch (self, other) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)): return left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      return left.elements.count == right.elements.count
        && zip(left.elements, right.elements).allSatisfy { $0.equals($1) }
    case (.map(let left), .map(let right)):
      return left.entries.count == right.entries.count
        && left.entries.allSatisfy { entry in right[entry.key].map { $0.equals(entry.value) } ?? false }
    case (.object(let left), .object(let right)): return left.equals(right)
    default: return numericOrder(other) == .equal
    }
  }

  /// Whether Python can hash the value: texts, numbers, tuples of such, and the language's objects.
  @inline(never)
  var isHashable: Bool {
    switch self {
    case .list, .map: false
    case .tuple(let tuple): tuple.elements.allSatisfy(\.isHashable)
    case .object(.view): false
    default: true
    }
  }

  /// Equal values hash alike. Precondition: the value can be hashed.
  func hash(into hasher: inout Hasher) {
    switch self {
    case .undefined: hasher.combine(1)
    case .none: hasher.combine(2)
    case .bool, .integer:
      hasher.combine(integerValue)
    case .number(let value):
      // A whole number is one key with the integer of the same value.
      if let integer = Int(exactly: value) { hasher.combine(integer as Int?) } else { hasher.combine(value) }
    case .wideInteger(let value): hasher.combine(value.double)
    case .text(let text): hasher.combine(text)
    case .tuple(let tuple):
      for element in tuple.elements { element.hash(into: &hasher) }
    case .list, .map, .object: hasher.combine(3)
    }
  }
}

extension TemplateObject {
  fileprivate func equals(_ other: TemplateObject) -> Bool {
    switch (self, other) {
    case (.namespace(let left), .namespace(let right)), (.macro(let left), .macro(let right)),
      (.loop(let left), .loop(let right)), (.iterator(let left), .iterator(let right)):
      return left == right
    case (.range(let left), .range(let right)):
      return left.count == right.count
        && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
    case (.view(let left, let leftMap), .view(let right, let rightMap)):
      // Views of keys and of entries compare as sets; views of values are equal to themselves alone.
      guard left == right, left != .values else { return false }
      return leftMap.entries.count == rightMap.entries.count
        && leftMap.entries.allSatisfy { entry in
          rightMap[entry.key].map { left == .keys || $0.equals(entry.value) } ?? false
        }
    case (.function(let left), .function(let right)): return left == right
    case (.method(let left, let leftName), .method(let right, let rightName)):
      return leftName == rightName && left.equals(right)
    default: return false
    }
  }
}
