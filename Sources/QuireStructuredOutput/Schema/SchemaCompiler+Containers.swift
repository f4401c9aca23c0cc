import QuireJSON

extension SchemaCompiler {
  /// Adds what a schema says of objects.
  mutating func applyObjects(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    var part = SchemaBranch.ObjectPart(origin: origin)
    for member in try object.map("properties") {
      let path = object.path("properties") + SchemaText.step(member.name)
      part.properties.append((member.key, conjunct(member.value, path, in: node)))
      // Draft 3 has it in the property itself.
      if case .object(let words) = member.value, words["required"] == .bool(true) {
        branch.require(member.key)
      }
    }
    for member in try object.map("patternProperties") {
      let path = object.path("patternProperties") + SchemaText.step(member.name)
      part.patterns.append((try keyPattern(member.name, path), conjunct(member.value, path, in: node)))
    }
    part.isNaming = !part.properties.isEmpty || !part.patterns.isEmpty
    if let value = object["additionalProperties"] {
      part.additional = conjunct(value, object.path("additionalProperties"), in: node)
    }
    if part.isNaming || part.additional != nil { branch.objectParts.append(part) }
    if let value = object["required"] {
      if case .bool = value {
      } else {
        for name in try object.names("required", value) { branch.require(name) }
      }
    }
    if let least = try object.count("minProperties") {
      branch.minProperties = max(branch.minProperties, least)
    }
    if let most = try object.count("maxProperties") {
      branch.maxProperties = min(branch.maxProperties ?? most, most)
    }
    if let value = object["propertyNames"] {
      let schema = conjunct(value, object.path("propertyNames"), in: node)
      branch.propertyNames.formUnion(set([schema]))
    }
    if let value = object["unevaluatedProperties"] {
      let schema = conjunct(value, object.path("unevaluatedProperties"), in: node)
      branch.unevaluatedProperties.append(.init(schema: schema, owner: origin.owners.last!))
    }
    for keyword in ["dependentRequired", "dependencies", "dependentSchemas"] {
      for member in try object.map(keyword) {
        var names: [[UInt8]] = []
        var schema: Conjunct?
        switch member.value {
        case .array where keyword != "dependentSchemas": names = try object.names(keyword, member.value)
        case .string(let name) where keyword == "dependencies": names = [name]
        default:
          schema = conjunct(member.value, object.path(keyword) + SchemaText.step(member.name), in: node)
        }
        let below = branch.origin(below: origin)
        branch.choices.append(
          .init(
            kind: .dependency(member.key, names: names, schema: schema), origin: below,
            path: object.path(keyword)))
      }
    }
  }

  /// An expression of `patternProperties`.
  private mutating func keyPattern(_ text: String, _ path: String) throws(ConstraintError) -> KeyPattern {
    if let known = keyPatterns[text] { return known }
    let place = "\(field) at \(path)"
    let pattern = KeyPattern(
      text: text, inner: try RegexAutomata.search(text, place: place),
      outside: try RegexAutomata.noMatch(text, place: place))
    keyPatterns[text] = pattern
    return pattern
  }

  /// Adds what a schema says of arrays.
  mutating func applyArrays(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    var part = SchemaBranch.ArrayPart(origin: origin)
    var rest = "items"
    for keyword in ["prefixItems", "items"] {
      // Before draft 2020-12 a list of `items` is what `prefixItems` is now.
      guard let value = object[keyword] else { continue }
      guard case .array(let schemas) = value else {
        if keyword == "items" { continue }
        throw object.error(.malformed, keyword, value.summary, "a list of schemas")
      }
      for (index, schema) in schemas.enumerated() {
        part.prefix.append(conjunct(schema, object.path(keyword) + "/\(index)", in: node))
      }
      if keyword == "items" { rest = "additionalItems" }
      break
    }
    if let value = object[rest] { part.rest = conjunct(value, object.path(rest), in: node) }
    if !part.prefix.isEmpty || part.rest != nil { branch.arrayParts.append(part) }
    if let least = try object.count("minItems") { branch.minItems = max(branch.minItems, least) }
    if let most = try object.count("maxItems") { branch.maxItems = min(branch.maxItems ?? most, most) }
    if let value = object["uniqueItems"] {
      guard case .bool(let isUnique) = value else {
        throw object.error(.malformed, "uniqueItems", value.summary, "true or false")
      }
      if isUnique { branch.isUnique = true }
    }
    if let value = object["contains"] {
      branch.contained.append(
        .init(
          schema: conjunct(value, object.path("contains"), in: node),
          least: try object.count("minContains") ?? 1,
          most: try object.count("maxContains")))
    }
    if let value = object["unevaluatedItems"] {
      let schema = conjunct(value, object.path("unevaluatedItems"), in: node)
      branch.unevaluatedItems.append(.init(schema: schema, owner: origin.owners.last!))
    }
  }
}
