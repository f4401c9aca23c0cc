import QuireJSON

extension SchemaCompiler {
  /// Branches of one set of schemas.
  private static let branchCount = 1024
  /// Branches from which on one way of not being something is enough.
  private static let fewBranchCount = 48

  /// The ways of satisfying schemas together. Those that nothing satisfies are left out, unless none is left.
  mutating func branches(of schemas: ConjunctSet) throws(ConstraintError) -> [SchemaBranch] {
    if let known = expanded[schemas] { return known }
    let path = schemas.elements.first.map { document.nodes[Int($0.node)].path } ?? ""
    var first = SchemaBranch(path: path)
    for schema in schemas.elements { try apply(schema, origin: .none, to: &first) }
    var open = [first]
    var done: [SchemaBranch] = []
    var empty: SchemaBranch?
    while var branch = open.popLast() {
      checkEmptiness(&branch)
      if branch.emptiness != nil {
        if empty == nil { empty = branch }
        continue
      }
      guard !branch.choices.isEmpty else {
        done.append(branch)
        continue
      }
      let choice = branch.choices.removeFirst()
      var ways = try alternatives(of: choice, branch)
      if case .negation = choice.kind, done.count + open.count > Self.fewBranchCount {
        ways = Array(ways.prefix(1))
      }
      open += ways.reversed()
      guard done.count + open.count <= Self.branchCount else {
        throw .limit(
          path.isEmpty ? field : "\(field) at \(path)", "alternatives that multiply",
          atMost: Self.branchCount,
          "ways of satisfying them all")
      }
    }
    if done.isEmpty, let empty { done = [empty] }
    expanded[schemas] = done
    return done
  }

  /// Adds what a schema says, or that it does not hold, to a branch.
  mutating func apply(
    _ schema: Conjunct, origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    if origin.owners.contains(schema.node) { throw loop() }
    guard origin.owners.count < ConstraintLimits.mergeDepth else {
      throw .limit(
        field, "more schemas that lead to one another and hold together", atMost: ConstraintLimits.mergeDepth,
        "(allOf, $ref and the like, without a step into the value)")
    }
    guard branch.emptiness == nil, branch.seen.insert(schema).inserted else { return }
    let node = document.nodes[Int(schema.node)]
    if schema.isNegated {
      if node.isAny {
        branch.emptiness = error(
          .unsatisfiable, node.path, "not of a schema that everything satisfies",
          "a schema that a value can satisfy")
      } else if node.value != .bool(false) {
        let origin = branch.origin(below: origin)
        branch.choices.append(.init(kind: .negation(schema.node), origin: origin, path: node.path))
      }
      return
    }
    guard case .object(let members) = node.value else {
      if case .bool(let holds) = node.value {
        if !holds {
          branch.emptiness = error(
            .unsatisfiable, node.path, "false, which nothing satisfies", "a schema that a value can satisfy")
        }
        return
      }
      throw error(.malformed, node.path, node.value.summary, "an object, true or false")
    }
    let object = SchemaObject(members: members, path: node.path, field: field, isDraft3: isDraft3)
    let origin = branch.origin(below: origin, node: schema.node)
    for member in members where SchemaWords.constrains(member.name) && member.name != "type" {
      branch.impliedTypes.formUnion(SchemaWords.ofType[member.name] ?? [])
    }
    try applyTypes(object, node, origin, to: &branch)
    try applyValues(object, to: &branch)
    try applyNumbers(object, to: &branch)
    try applyStrings(object, to: &branch)
    try applyObjects(object, node, origin, to: &branch)
    try applyArrays(object, node, origin, to: &branch)
    try applyReferences(object, node, origin, to: &branch)
    try applyChoices(object, node, origin, to: &branch)
  }

  private var isDraft3: Bool {
    guard case .object(let members) = document.root, let text = members["$schema"]?.text else { return false }
    return text.contains("draft-03")
  }

  private mutating func applyTypes(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    // Draft 3 lets schemas stand among the types.
    if isDraft3, case .array(let elements)? = object["type"],
      elements.contains(where: { if case .object = $0 { true } else { false } })
    {
      var schemas: [Conjunct] = []
      for (index, element) in elements.enumerated() {
        let path = object.path("type") + "/\(index)"
        if case .string = element {
          let named = JSONValue.object([JSONMember(key: Array("type".utf8), value: element)])
          schemas.append(conjunct(named, path, in: node))
        } else {
          schemas.append(conjunct(element, path, in: node))
        }
      }
      let below = branch.origin(below: origin)
      branch.choices.append(.init(kind: .any(schemas), origin: below, path: object.path("type")))
    } else if let types = try object.types() {
      branch.restrict(types)
    }
    if let value = object["disallow"] {
      let named = JSONValue.object([JSONMember(key: Array("type".utf8), value: value)])
      try apply(
        conjunct(named, object.path("disallow"), in: node).negated, origin: origin, to: &branch)
    }
  }

  private func applyValues(_ object: SchemaObject, to branch: inout SchemaBranch) throws(ConstraintError) {
    for keyword in ["const", "enum"] {
      guard let value = object[keyword] else { continue }
      var values = [value]
      if keyword == "enum" {
        guard case .array(let list) = value, !list.isEmpty else {
          throw object.error(.malformed, keyword, value.summary, "a list of at least one value")
        }
        values = list
      }
      let others = branch.constants
      branch.constants = values.filter { value in
        (branch.types?.contains(JSONTypes(of: value)) ?? true)
          && (others?.contains { $0.isEqual(to: value) } ?? true)
      }
      if branch.constants!.isEmpty {
        branch.emptiness = object.error(.unsatisfiable, keyword, "no value of the type", "at least one")
      }
    }
  }

  private mutating func applyReferences(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    for keyword in ["$ref", "$recursiveRef", "$dynamicRef"] {
      guard let value = object[keyword] else { continue }
      guard let reference = value.text else {
        throw object.error(.malformed, keyword, value.summary, "a text")
      }
      let target = try document.number(ofReference: reference, in: node, keyword: keyword)
      try apply(Conjunct(node: target), origin: origin, to: &branch)
    }
    for schema in try object.schemas("allOf") {
      try apply(conjunct(schema.value, schema.path, in: node), origin: origin, to: &branch)
    }
    if let value = object["extends"] {
      var schemas = [(value: value, path: object.path("extends"))]
      if case .array = value { schemas = try object.schemas("extends") }
      for schema in schemas where { if case .object = schema.value { true } else { false } }() {
        try apply(conjunct(schema.value, schema.path, in: node), origin: origin, to: &branch)
      }
    }
  }

  private mutating func applyChoices(
    _ object: SchemaObject, _ node: SchemaDocument.Node, _ origin: SchemaOrigin, to branch: inout SchemaBranch
  ) throws(ConstraintError) {
    for keyword in ["anyOf", "oneOf"] where object[keyword] != nil {
      var schemas: [Conjunct] = []
      for schema in try object.schemas(keyword) {
        schemas.append(conjunct(schema.value, schema.path, in: node))
      }
      let below = branch.origin(below: origin)
      branch.choices.append(
        .init(
          kind: keyword == "anyOf" ? .any(schemas) : .one(schemas), origin: below, path: object.path(keyword))
      )
    }
    if let value = object["not"] {
      try apply(conjunct(value, object.path("not"), in: node).negated, origin: origin, to: &branch)
    }
    if let condition = object["if"], object["then"] != nil || object["else"] != nil {
      let then = object["then"].map { conjunct($0, object.path("then"), in: node) }
      let otherwise = object["else"].map { conjunct($0, object.path("else"), in: node) }
      let below = branch.origin(below: origin)
      branch.choices.append(
        .init(
          kind: .conditional(
            conjunct(condition, object.path("if"), in: node), then: then, otherwise: otherwise),
          origin: below, path: object.path("if")))
    }
  }

  /// Notes why nothing satisfies a branch where that is plain.
  private func checkEmptiness(_ branch: inout SchemaBranch) {
    guard branch.emptiness == nil else { return }
    func empty(_ found: String, _ expected: String) -> ConstraintError {
      error(.unsatisfiable, branch.path, found, expected)
    }
    if let types = branch.types, types.isEmpty {
      branch.emptiness = empty("types that no value has at once", "types that a value can have")
    }
    guard let only = branch.types else { return }
    if only == .string, let most = branch.maxLength, most < branch.minLength {
      branch.emptiness = error(
        .unsatisfiable, branch.path + "/maxLength", "\(most), less than minLength",
        "at least \(branch.minLength)")
    }
    if only == .object, branch.required.contains(where: { isForbidden($0, branch) }) {
      branch.emptiness = empty(
        "a required property that may not be there", "a schema that a value can satisfy")
    }
  }

  /// Whether some schema says that an object never has a member.
  func isForbidden(_ name: [UInt8], _ branch: SchemaBranch) -> Bool {
    branch.objectParts.contains { part in
      part.properties.contains { $0.name == name && isNever($0.schema) }
    }
  }

  func isNever(_ schema: Conjunct) -> Bool {
    let node = document.nodes[Int(schema.node)]
    return schema.isNegated ? node.isAny : node.value == .bool(false)
  }
}
