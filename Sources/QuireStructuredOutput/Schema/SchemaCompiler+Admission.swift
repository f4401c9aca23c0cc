import QuireJSON

extension SchemaCompiler {
  /// Whether a value satisfies schemas, by what of them this compiler would write.
  mutating func admits(_ schemas: ConjunctSet, _ value: JSONValue) throws(ConstraintError) -> Bool {
    for branch in try branches(of: schemas) where try admits(branch, value) { return true }
    return false
  }

  /// Whether a value satisfies a branch.
  mutating func admits(_ branch: SchemaBranch, _ value: JSONValue) throws(ConstraintError) -> Bool {
    guard branch.emptiness == nil, branch.types?.contains(JSONTypes(of: value)) ?? true,
      branch.constants?.contains(where: { $0.isEqual(to: value) }) ?? true,
      !branch.excluded.contains(where: { $0.isEqual(to: value) })
    else { return false }
    switch value {
    case .null, .bool: return true
    case .integer, .wideInteger, .number: return admitsNumber(branch, value)
    case .string(let utf8): return try admitsString(branch, String(decoding: utf8, as: UTF8.self))
    case .array(let elements): return try admitsArray(branch, elements)
    case .object(let members): return try admitsObject(branch, members)
    }
  }

  private func admitsNumber(_ branch: SchemaBranch, _ value: JSONValue) -> Bool {
    guard let decimal = Decimal(value) else { return false }
    let number = decimal.double
    let isBetween = branch.numberBounds.allSatisfy { bound in
      switch bound.kind {
      case .minimum: number >= bound.value.double
      case .exclusiveMinimum: number > bound.value.double
      case .maximum: number <= bound.value.double
      case .exclusiveMaximum: number < bound.value.double
      }
    }
    return isBetween
      && branch.steps.allSatisfy { step in
        let quotient = number / step.double
        return quotient == quotient.rounded()
      }
  }

  private mutating func admitsString(_ branch: SchemaBranch, _ text: String) throws(ConstraintError) -> Bool {
    let count = text.unicodeScalars.count
    guard count >= branch.minLength, count <= branch.maxLength ?? .max else { return false }
    return try stringAutomaton(branch)?.accepts(text) ?? true
  }

  private mutating func admitsArray(
    _ branch: SchemaBranch, _ elements: [JSONValue]
  ) throws(ConstraintError) -> Bool {
    guard elements.count >= branch.minItems, elements.count <= branch.maxItems ?? .max else { return false }
    if branch.isUnique {
      for (index, element) in elements.enumerated() {
        if elements[..<index].contains(where: { $0.isEqual(to: element) }) { return false }
      }
    }
    for (index, element) in elements.enumerated() {
      guard let schemas = self.element(index, branch), try admits(schemas, element) else { return false }
    }
    for contained in branch.contained {
      var count = 0
      for element in elements where try admits(set([contained.schema]), element) { count += 1 }
      guard count >= contained.least, count <= contained.most ?? .max else { return false }
    }
    return true
  }

  private mutating func admitsObject(
    _ branch: SchemaBranch, _ members: [JSONMember]
  ) throws(ConstraintError) -> Bool {
    guard members.count >= branch.minProperties, members.count <= branch.maxProperties ?? .max else {
      return false
    }
    let names = Set(members.map(\.key))
    guard branch.isRequired.isSubset(of: names) else { return false }
    for member in members {
      guard let schemas = try self.schemas(of: member.key, branch), try admits(schemas, member.value),
        try admitsName(member.key, branch)
      else { return false }
    }
    return true
  }
}

extension Decimal {
  /// The double that a validator reads.
  var double: Double { Double("\(significand)e\(exponent)") ?? .nan }
}
