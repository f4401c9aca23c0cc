import QuireJSON

extension SchemaCompiler {
  /// Ways in which a schema does not hold, each by one of its keywords. Where a keyword has ways that no automaton can
  /// hold, those are left out: what remains is a part of what does not satisfy the schema.
  mutating func negations(
    of number: Int32, _ choice: SchemaBranch.Choice, _ branch: SchemaBranch
  ) throws(ConstraintError) -> [SchemaBranch] {
    let node = document.nodes[Int(number)]
    guard case .object(let members) = node.value else {
      throw error(.malformed, node.path, node.value.summary, "an object, true or false")
    }
    if choice.origin.owners.contains(number) { throw loop() }
    let object = SchemaObject(members: members, path: node.path, field: field, isDraft3: false)
    let origin = choice.origin
    var ways = Ways(
      branch: branch,
      origin: SchemaOrigin(owners: origin.owners + [number], order: origin.order, isNegated: true))
    if let types = try object.types() {
      if let own = branch.types, own.isDisjoint(with: types) { return [branch] }
      ways.add(types.inverted)
    }
    for keyword in ["const", "enum"] {
      guard let value = object[keyword] else { continue }
      var values = [value]
      if keyword == "enum", case .array(let list) = value { values = list }
      if let own = branch.constants, !own.contains(where: { one in values.contains { $0.isEqual(to: one) } })
      {
        return [branch]
      }
      ways.add(.all) { $0.excluded += values }
    }
    for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
      guard let reference = object[keyword]?.text else { continue }
      let target = Conjunct(node: try document.number(ofReference: reference, in: node, keyword: keyword))
      try add([target.negated], to: &ways)
    }
    for schema in try object.schemas("allOf") {
      try add([conjunct(schema.value, schema.path, in: node).negated], to: &ways)
    }
    for keyword in ["anyOf", "oneOf"] where object[keyword] != nil {
      var schemas: [Conjunct] = []
      for schema in try object.schemas(keyword) {
        schemas.append(conjunct(schema.value, schema.path, in: node).negated)
      }
      try add(schemas, to: &ways)
    }
    if let value = object["not"] { try add([conjunct(value, object.path("not"), in: node)], to: &ways) }
    if let value = object["if"] {
      let condition = conjunct(value, object.path("if"), in: node)
      if let value = object["then"] {
        try add([condition, conjunct(value, object.path("then"), in: node).negated], to: &ways)
      }
      if let value = object["else"] {
        try add([condition.negated, conjunct(value, object.path("else"), in: node).negated], to: &ways)
      }
    }
    if try negateObject(object, node, &ways) { return [ways.all.last!] }
    try negateArray(object, node, &ways)
    try negateScalars(object, &ways)
    return ways.all
  }

  /// The ways found so far.
  struct Ways {
    let branch: SchemaBranch
    let origin: SchemaOrigin
    private(set) var all: [SchemaBranch] = []

    init(branch: SchemaBranch, origin: SchemaOrigin) {
      self.branch = branch
      self.origin = origin
    }

    /// Adds one for values of some types.
    mutating func add(_ types: JSONTypes, _ change: (inout SchemaBranch) -> Void = { _ in }) {
      var way = branch
      if types != .all { way.restrict(types) }
      if way.types?.isEmpty ?? false { return }
      change(&way)
      if way.emptiness == nil { all.append(way) }
    }

    mutating func append(_ way: SchemaBranch) { all.append(way) }
  }

  private mutating func add(_ schemas: [Conjunct], to ways: inout Ways) throws(ConstraintError) {
    var way = ways.branch
    for schema in schemas { try apply(schema, origin: ways.origin, to: &way) }
    if way.emptiness == nil { ways.append(way) }
  }

  /// - Returns: whether the last way is one that what an answer holds meets anyway, so that no other is needed.
  private mutating func negateObject(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ ways: inout Ways
  ) throws(ConstraintError) -> Bool {
    let never = self.never()
    if let value = object["required"], case .array = value {
      for name in try object.names("required", value) where !ways.branch.isRequired.contains(name) {
        ways.add(.object) { $0.add(property: name, never, origin: .none) }
        if isLeftOut(name, ways.branch) { return true }
      }
    }
    let properties = try object.map("properties")
    for member in properties {
      let schema = conjunct(member.value, object.path("properties") + SchemaText.step(member.name), in: node)
      if document.nodes[Int(schema.node)].isAny || isForbidden(member.key, ways.branch) { continue }
      let origin = ways.origin
      ways.add(.object) { way in
        way.require(member.key)
        way.add(property: member.key, schema.negated, origin: origin)
      }
    }
    if object["additionalProperties"] == .bool(false), object["patternProperties"] == nil {
      let named = Set(properties.map(\.key))
      var known: Set<[UInt8]> = []
      for part in ways.branch.objectParts {
        for property in part.properties
        where !named.contains(property.name) && known.insert(property.name).inserted {
          if isForbidden(property.name, ways.branch) { continue }
          ways.add(.object) { $0.require(property.name) }
        }
      }
      for name in ways.branch.required where !named.contains(name) && !known.contains(name) {
        ways.add(.object)
      }
    }
    for keyword in ["dependentRequired", "dependencies"] {
      for member in try object.map(keyword) {
        guard case .array = member.value else { continue }
        for name in try object.names(keyword, member.value) {
          ways.add(.object) { way in
            way.require(member.key)
            way.add(property: name, never, origin: .none)
          }
        }
      }
    }
    if let least = try object.count("minProperties"), least > 0 {
      ways.add(.object) { $0.maxProperties = min($0.maxProperties ?? .max, least - 1) }
    }
    if let most = try object.count("maxProperties") {
      ways.add(.object) { $0.minProperties = max($0.minProperties, most + 1) }
    }
    return false
  }

  /// Whether a name is none that an answer's object has, as no schema names it and others are left out.
  private func isLeftOut(_ name: [UInt8], _ branch: SchemaBranch) -> Bool {
    guard branch.types == .object, branch.choices.isEmpty, branch.objectParts.contains(where: { $0.isNaming })
    else {
      return false
    }
    return branch.objectParts.allSatisfy { part in
      part.additional == nil && part.patterns.isEmpty && !part.properties.contains { $0.name == name }
    }
  }

  private mutating func negateArray(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ ways: inout Ways
  ) throws(ConstraintError) {
    if let least = try object.count("minItems"), least > 0 {
      ways.add(.array) { $0.maxItems = min($0.maxItems ?? .max, least - 1) }
    }
    if let most = try object.count("maxItems") {
      ways.add(.array) { $0.minItems = max($0.minItems, most + 1) }
    }
    var prefix: [Conjunct] = []
    for keyword in ["prefixItems", "items"] {
      guard case .array(let schemas)? = object[keyword] else { continue }
      for (index, schema) in schemas.enumerated() {
        prefix.append(conjunct(schema, object.path(keyword) + "/\(index)", in: node))
      }
      break
    }
    for (index, schema) in prefix.enumerated() { addElement(schema, at: index, to: &ways) }
    let keyword =
      object["items"].map { if case .array = $0 { "additionalItems" } else { "items" } } ?? "items"
    if let value = object[keyword] {
      let rest = conjunct(value, object.path(keyword), in: node)
      addElement(rest, at: prefix.count, to: &ways)
    }
    if let value = object["contains"], object["minContains"] == nil {
      let schema = conjunct(value, object.path("contains"), in: node).negated
      let origin = ways.origin
      ways.add(.array) { $0.arrayParts.append(.init(rest: schema, origin: origin)) }
    }
  }

  /// The way in which the element of that number does not satisfy its schema.
  private func addElement(_ schema: Conjunct, at index: Int, to ways: inout Ways) {
    if document.nodes[Int(schema.node)].isAny { return }
    ways.add(.array) { way in
      way.minItems = max(way.minItems, index + 1)
      way.elements.append((index, schema.negated))
    }
  }

  private func negateScalars(_ object: SchemaObject, _ ways: inout Ways) throws(ConstraintError) {
    if let least = try object.count("minLength"), least > 0 {
      ways.add(.string) { $0.maxLength = min($0.maxLength ?? .max, least - 1) }
    }
    if let most = try object.count("maxLength"), most < .max {
      ways.add(.string) { $0.minLength = max($0.minLength, most + 1) }
    }
    if let text = object["pattern"]?.text {
      let pattern = SchemaBranch.Pattern(text: text, isNegated: true, path: object.path("pattern"))
      ways.add(.string) { $0.patterns.append(pattern) }
    }
    for (kind, value) in try numberBounds(object) {
      ways.add(.number) { $0.numberBounds.append((kind.inverted, value)) }
    }
  }
}
