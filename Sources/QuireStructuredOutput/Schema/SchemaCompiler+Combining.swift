import QuireJSON

extension SchemaCompiler {
  /// Fills the rule of a schema that one keyword stands for.
  mutating func fill(_ rule: Int32, _ object: SchemaObject, _ keyword: String) throws(ConstraintError) {
    let value = object[keyword]!
    let ends = rules.network.rules[Int(rule)]
    switch keyword {
    case "$ref":
      guard let reference = value.text else {
        throw object.error(.malformed, keyword, value.summary, "a text")
      }
      rules.network.addCall(
        ends.start, rule: try self.rule(ofReference: reference, object.path(keyword)), ends.accept)
    case "const": try addValues([value], object, keyword, ends)
    case "enum":
      guard case .array(let values) = value, !values.isEmpty else {
        throw object.error(.malformed, keyword, value.summary, "a list of at least one value")
      }
      try addValues(values, object, keyword, ends)
    default:
      guard case .array(let schemas) = value, !schemas.isEmpty else {
        throw object.error(.malformed, keyword, value.summary, "a list of at least one schema")
      }
      if keyword == "allOf", schemas.count > 1 {
        throw object.error(
          .unsupported, keyword, "\(schemas.count) schemas", "one, or all of them written as one schema")
      }
      if keyword == "oneOf" { try checkDisjoint(schemas, object) }
      for (index, schema) in schemas.enumerated() where schema != .bool(false) || schemas.count == 1 {
        let path = object.path(keyword) + "/\(index)"
        rules.network.addCall(ends.start, rule: try self.rule(for: schema, path), ends.accept)
      }
    }
  }

  private mutating func addValues(
    _ values: [JSONValue], _ object: SchemaObject, _ keyword: String, _ ends: RuleNetwork.Rule
  ) throws(ConstraintError) {
    let types = try object.namedTypes()
    let admitted = values.filter { value in types.map { $0.contains { $0.admits(value) } } ?? true }
    guard !admitted.isEmpty else {
      throw object.error(.unsatisfiable, keyword, "no value of the type", "at least one")
    }
    for value in admitted {
      let end = try rules.addValue(value, from: ends.start)
      rules.network.addEpsilon(end, ends.accept)
    }
  }

  private func checkDisjoint(_ schemas: [JSONValue], _ object: SchemaObject) throws(ConstraintError) {
    var pairs = 0
    for (index, second) in schemas.enumerated() {
      for (other, first) in schemas[..<index].enumerated() {
        pairs += 1
        guard pairs <= 4096 else {
          throw .limit(
            "\(field) at \(object.path("oneOf"))", "\(schemas.count) schemas", atMost: 90, "schemas")
        }
        guard !areDisjoint(first, second) else { continue }
        throw object.error(
          .unsupported, "oneOf", "schemas \(other) and \(index), which one value might both satisfy",
          "anyOf; or schemas that differ by type, const, enum or a required property with const or enum")
      }
    }
  }

  /// Whether it is plain that no value satisfies both.
  private func areDisjoint(_ first: JSONValue, _ second: JSONValue) -> Bool {
    guard let a = dereferenced(first), let b = dereferenced(second) else { return false }
    switch (constants(a), constants(b)) {
    case (let left?, let right?): return !left.contains { value in right.contains { value.mayEqual($0) } }
    case (let values?, nil): return types(b).map { types in !values.contains { $0.isOf(types) } } ?? false
    case (nil, let values?): return types(a).map { types in !values.contains { $0.isOf(types) } } ?? false
    case (nil, nil): break
    }
    guard let left = types(a), let right = types(b) else { return false }
    if !left.contains(where: { type in right.contains { $0.overlaps(type) } }) { return true }
    guard left == [.object], right == [.object] else { return false }
    let shared = requiredNames(a).intersection(requiredNames(b))
    return shared.contains { name in
      guard let x = property(name, a).flatMap(dereferenced).flatMap(constants),
        let y = property(name, b).flatMap(dereferenced).flatMap(constants)
      else { return false }
      return !x.contains { value in y.contains { value.mayEqual($0) } }
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

  private func constants(_ object: SchemaObject) -> [JSONValue]? {
    if let value = object["const"] { return [value] }
    if case .array(let values)? = object["enum"] { return values }
    return nil
  }

  private func types(_ object: SchemaObject) -> [JSONType]? {
    object["type"] == nil ? nil : try? object.namedTypes()
  }

  private func requiredNames(_ object: SchemaObject) -> Set<[UInt8]> {
    guard case .array(let names)? = object["required"] else { return [] }
    return Set(names.compactMap { if case .string(let name) = $0 { name } else { nil } })
  }

  private func property(_ name: [UInt8], _ object: SchemaObject) -> JSONValue? {
    guard case .object(let members)? = object["properties"] else { return nil }
    return members.first { $0.key == name }?.value
  }
}

extension JSONType {
  func admits(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.object, .object), (.array, .array), (.string, .string), (.boolean, .bool), (.null, .null): true
    case (.number, .integer), (.number, .number), (.integer, .integer): true
    case (.integer, .number(let number)): number == number.rounded()
    default: false
    }
  }

  func overlaps(_ other: JSONType) -> Bool {
    self == other || (self == .integer && other == .number) || (self == .number && other == .integer)
  }
}

extension JSONValue {
  func isOf(_ types: [JSONType]) -> Bool { types.contains { $0.admits(self) } }

  /// Whether a validator may take both for one value; of arrays and objects it is not looked closely.
  func mayEqual(_ other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
    case (.array, .array), (.object, .object): true
    default: self == other
    }
  }
}
