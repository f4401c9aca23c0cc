import QuireExpressions
import QuireJSON

extension SchemaCompiler {
  mutating func addObject(_ rule: Int32, _ object: SchemaObject) throws(ConstraintError) {
    var members: [JSONMember] = []
    if let value = object["properties"] {
      guard case .object(let named) = value else {
        throw object.error(.malformed, "properties", value.summary, "an object of schemas")
      }
      members = named
    }
    var required: [[UInt8]] = []
    var isRequired: Set<[UInt8]> = []
    if let value = object["required"] {
      guard case .array(let names) = value else {
        throw object.error(.malformed, "required", value.summary, "a list of names")
      }
      for name in names {
        guard case .string(let name) = name else {
          throw object.error(.malformed, "required", name.summary, "a name")
        }
        if isRequired.insert(name).inserted { required.append(name) }
      }
    }
    let others = try additional(object, hasProperties: !members.isEmpty)
    var properties: [JSONRules.Property] = []
    for member in members {
      let path = object.path("properties") + SchemaText.step(member.name)
      // false: never there.
      if member.value == .bool(false) {
        if isRequired.contains(member.key) {
          throw error(
            .unsatisfiable, path, "false for a required property", "a schema that a value can satisfy")
        }
        continue
      }
      properties.append(
        .init(
          name: member.name, rule: try self.rule(for: member.value, path),
          isRequired: isRequired.contains(member.key)))
    }
    let named = Set(members.map(\.key))
    for name in required where !named.contains(name) {
      guard let schema = others.schemaOfOthers else {
        throw object.error(
          .unsatisfiable, "required",
          Excerpt.quoted(name)
            + ", which is not among the properties",
          "names of properties, as additionalProperties is false")
      }
      let other = try self.rule(for: schema, object.path("additionalProperties"))
      properties.append(.init(name: String(decoding: name, as: UTF8.self), rule: other, isRequired: true))
    }
    try checkCounts(object, requiredCount: required.count, most: others.isOpen ? nil : properties.count)
    var additional: Int32?
    if others.isOpen, let schema = others.schemaOfOthers {
      additional = try self.rule(for: schema, object.path("additionalProperties"))
    }
    // A property that may never stand there keeps its name from the others.
    let forbidden = members.filter { $0.value == .bool(false) }.map(\.name)
    try rules.addObject(rule, properties, additional: additional, forbidden: forbidden)
  }

  /// What `additionalProperties` says. Where it is absent beside `properties`, no others are written, though a validator
  /// would take them: an answer holds what the schema names.
  private func additional(
    _ object: SchemaObject, hasProperties: Bool
  ) throws(ConstraintError) -> (isOpen: Bool, schemaOfOthers: JSONValue?) {
    guard let value = object["additionalProperties"] else { return (!hasProperties, .bool(true)) }
    if value == .bool(false) { return (false, nil) }
    return (true, value)
  }

  private func checkCounts(
    _ object: SchemaObject, requiredCount: Int, most: Int?
  ) throws(ConstraintError) {
    if let least = try object.count("minProperties"), least > requiredCount {
      throw object.error(
        .unsupported, "minProperties", "\(least)",
        "at most the number of required properties, \(requiredCount)")
    }
    if let greatest = try object.count("maxProperties"), most.map({ $0 > greatest }) ?? true {
      throw object.error(
        .unsupported, "maxProperties", "\(greatest)",
        most.map { "at least the number of properties, \($0)" } ?? "additionalProperties false beside it")
    }
  }

  mutating func addArray(_ rule: Int32, _ object: SchemaObject) throws(ConstraintError) {
    if let unique = object["uniqueItems"], unique != .bool(false) {
      throw object.error(
        .unsupported, "uniqueItems", unique.summary, "false: what has been written is not remembered")
    }
    var (minimum, maximum) = try object.bounds("minItems", "maxItems")
    var prefix: [Int32] = []
    if let value = object["prefixItems"] {
      guard case .array(let schemas) = value else {
        throw object.error(.malformed, "prefixItems", value.summary, "a list of schemas")
      }
      for (index, schema) in schemas.enumerated() {
        prefix.append(try self.rule(for: schema, object.path("prefixItems") + "/\(index)"))
      }
    }
    var items: Int32?
    switch object["items"] {
    case .bool(false):
      guard minimum <= prefix.count else {
        throw object.error(
          .unsatisfiable, "minItems", "\(minimum) with items false",
          "at most \(prefix.count), the prefixItems")
      }
      maximum = min(maximum ?? prefix.count, prefix.count)
    case .array:
      throw object.error(.unsupported, "items", "a list of schemas", "prefixItems")
    case let schema?: items = try self.rule(for: schema, object.path("items"))
    case nil: items = try rules.rule(.any)
    }
    minimum = max(minimum, 0)
    try rules.addArray(rule, prefix: prefix, items: items, minimum: minimum, maximum: maximum)
  }

  mutating func addString(_ rule: Int32, _ object: SchemaObject) throws(ConstraintError) {
    let (minimum, maximum) = try object.bounds("minLength", "maxLength")
    var texts: [ScalarAutomaton] = []
    if let value = object["pattern"] {
      guard let pattern = value.text else {
        throw object.error(.malformed, "pattern", value.summary, "a regular expression")
      }
      let place = "\(field) at \(object.path("pattern"))"
      texts.append(try ScalarAutomaton(try RegexParser.parse(pattern, place: place).search, place: place))
    }
    if let value = object["format"] {
      let place = "\(field) at \(object.path("format"))"
      guard let name = value.text, let expression = StringFormats.expressions[name] else {
        throw object.error(
          .unsupported, "format", value.summary,
          "one of " + StringFormats.expressions.keys.sorted().joined(separator: ", "))
      }
      texts.append(
        try ScalarAutomaton(try RegexParser.parse(expression, place: place).fullMatch, place: place))
    }
    guard !texts.isEmpty else { return try rules.addString(rule, minimum: minimum, maximum: maximum) }
    if minimum > 0 || maximum != nil {
      texts.append(
        try ScalarAutomaton(
          .repeated(.scalars(.all), minimum: minimum, maximum: maximum), place: "\(field) at \(object.path)"))
    }
    var text = texts[0]
    for other in texts.dropFirst() { text = try text.intersection(other) }
    try rules.addString(rule, text)
  }
}
