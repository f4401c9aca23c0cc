import QuireJSON

/// What tells the values of one schema from those of another, as far as it is plain.
struct SchemaTraits {
  /// The values of `const` or `enum`; nil where neither stands there.
  private let constants: ConstantSet?
  /// The types that it names; nil where it names none.
  private let types: JSONTypes?
  /// The constants of required properties, by name.
  private let requiredConstants: [[UInt8]: ConstantSet]

  init(_ branch: SchemaBranch, _ requiredConstants: [[UInt8]: ConstantSet]) {
    constants = branch.constants.map(ConstantSet.init)
    types = branch.types
    self.requiredConstants = requiredConstants
  }

  /// Whether it is plain that no value satisfies both.
  func isDisjoint(with other: SchemaTraits) -> Bool {
    switch (constants, other.constants) {
    case (let left?, let right?): return !left.mayShareValue(with: right)
    case (let left?, nil): return other.types.map { !left.hasValue(of: $0) } ?? false
    case (nil, let right?): return types.map { !right.hasValue(of: $0) } ?? false
    case (nil, nil): break
    }
    guard let types, let others = other.types else { return false }
    if types.isDisjoint(with: others) { return true }
    guard types == .object, others == .object else { return false }
    return requiredConstants.contains { name, values in
      other.requiredConstants[name].map { !values.mayShareValue(with: $0) } ?? false
    }
  }
}

/// Constants, by what a validator may take for one value.
struct ConstantSet {
  /// Equal for values that may be equal.
  private enum Key: Hashable {
    case null, array, object
    case bool(Bool)
    case number(Double)
    case string([UInt8])

    init(_ value: JSONValue) {
      switch value {
      case .null: self = .null
      case .bool(let value): self = .bool(value)
      case .integer(let value): self = .number(Double(value))
      case .wideInteger(let digits): self = .number(Double(digits) ?? .nan)
      case .number(let value): self = .number(value)
      case .string(let utf8): self = .string(utf8)
      case .array: self = .array
      case .object: self = .object
      }
    }
  }

  private let values: [Key: [JSONValue]]

  init(_ values: [JSONValue]) { self.values = Dictionary(grouping: values, by: Key.init) }

  func hasValue(of types: JSONTypes) -> Bool {
    values.values.contains { $0.contains { types.contains(JSONTypes(of: $0)) } }
  }

  /// Whether some value may be in both. O(values of the smaller set), expected.
  func mayShareValue(with other: ConstantSet) -> Bool {
    if values.count > other.values.count { return other.mayShareValue(with: self) }
    return values.contains { key, own in
      other.values[key]?.contains { value in own.contains { $0.isEqual(to: value) } } ?? false
    }
  }
}
