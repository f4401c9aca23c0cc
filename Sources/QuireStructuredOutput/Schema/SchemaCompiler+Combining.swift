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
