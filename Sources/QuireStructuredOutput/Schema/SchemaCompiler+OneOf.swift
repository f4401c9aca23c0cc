import QuireJSON

extension SchemaCompiler {
  /// Schemas of one `oneOf`; each is held against each other.
  private static let alternativeCount = 90

  /// Throws where it is not plain that no value satisfies two of the schemas of a `oneOf`.
  func checkDisjoint(_ schemas: [JSONValue], _ object: SchemaObject) throws(ConstraintError) {
    guard schemas.count <= Self.alternativeCount else {
      throw .limit(
        "\(field) at \(object.path("oneOf"))", "\(schemas.count) schemas", atMost: Self.alternativeCount,
        "schemas; anyOf takes more")
    }
    let traits = schemas.map { dereferenced($0).map(traits(of:)) }
    for (index, second) in traits.enumerated() {
      for (other, first) in traits[..<index].enumerated() {
        if let first, let second, first.isDisjoint(with: second) { continue }
        throw object.error(
          .unsupported, "oneOf", "schemas \(other) and \(index), which one value might both satisfy",
          "anyOf; or schemas that differ by type, const, enum or a required property with const or enum")
      }
    }
  }

  /// The schema behind references and allOf of one; nil where that does not end soon.
  private func dereferenced(_ schema: JSONValue) -> SchemaObject? {
    var schema = schema
    for _ in 0..<16 {
      guard case .object(let members) = schema else { return nil }
      if let reference = members["$ref"]?.text {
        guard let target = try? resolve(reference, "") else { return nil }
        schema = target
      } else if case .array(let all)? = members["allOf"], all.count == 1 {
        schema = all[0]
      } else {
        return SchemaObject(members: members, path: "", field: field)
      }
    }
    return nil
  }

  private func traits(of object: SchemaObject) -> SchemaTraits {
    var required: [[UInt8]: ConstantSet] = [:]
    if case .array(let names)? = object["required"], case .object(let members)? = object["properties"] {
      let isRequired = Set(names.compactMap { if case .string(let name) = $0 { name } else { nil } })
      for member in members where isRequired.contains(member.key) {
        required[member.key] = dereferenced(member.value).flatMap(constants(of:))
      }
    }
    return SchemaTraits(
      constants: constants(of: object),
      types: object["type"] == nil ? nil : try? object.namedTypes(), requiredConstants: required)
  }

  private func constants(of object: SchemaObject) -> ConstantSet? {
    if let value = object["const"] { return ConstantSet([value]) }
    if case .array(let values)? = object["enum"] { return ConstantSet(values) }
    return nil
  }
}

/// What tells the values of one schema from those of another, as far as it is plain.
private struct SchemaTraits {
  /// The values of `const` or `enum`; nil where neither stands there.
  let constants: ConstantSet?
  /// The types that it names; nil where it names none.
  let types: [JSONType]?
  /// The constants of required properties, by name.
  let requiredConstants: [[UInt8]: ConstantSet]

  /// Whether it is plain that no value satisfies both.
  func isDisjoint(with other: SchemaTraits) -> Bool {
    switch (constants, other.constants) {
    case (let left?, let right?): return !left.mayShareValue(with: right)
    case (let left?, nil): return other.types.map { !left.hasValue(of: $0) } ?? false
    case (nil, let right?): return types.map { !right.hasValue(of: $0) } ?? false
    case (nil, nil): break
    }
    guard let types, let others = other.types else { return false }
    if !types.contains(where: { type in others.contains { $0.overlaps(type) } }) { return true }
    guard types == [.object], others == [.object] else { return false }
    return requiredConstants.contains { name, values in
      other.requiredConstants[name].map { !values.mayShareValue(with: $0) } ?? false
    }
  }
}

/// Constants, by what a validator may take for one value.
private struct ConstantSet {
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

  func hasValue(of types: [JSONType]) -> Bool {
    values.values.contains { $0.contains { $0.isOf(types) } }
  }

  /// Whether some value may be in both. O(values of the smaller set), expected.
  func mayShareValue(with other: ConstantSet) -> Bool {
    if values.count > other.values.count { return other.mayShareValue(with: self) }
    return values.contains { key, own in
      other.values[key]?.contains { value in own.contains { $0.mayEqual(value) } } ?? false
    }
  }
}
