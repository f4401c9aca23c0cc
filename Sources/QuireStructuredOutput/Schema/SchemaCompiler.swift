import QuireJSON

/// Turns a JSON Schema into rules, one for each set of schemas that hold together somewhere; what
/// docs/structured-output.md does not list is refused with its JSON pointer.
///
/// Sets are taken one after another from a queue, so that references may lead anywhere without recursion here.
struct SchemaCompiler {
  let field: String
  var document: SchemaDocument
  var rules: JSONRules
  private var pending: [(rule: Int32, schemas: ConjunctSet)] = []
  /// Equal sets share a rule, which also closes the circle of recursive ones.
  private var known: [ConjunctSet: Int32] = [:]
  var keyPatterns: [String: KeyPattern] = [:]
  /// Automata of expressions, those of texts without a match behind a `!`.
  var patterns: [String: ScalarDFA] = [:]
  var formats: [String: ScalarDFA] = [:]
  /// Names by the expressions that they match and do not match; nil where there are none.
  var matchingTexts: [[String]: ScalarDFA?] = [:]
  var traits: [Conjunct: SchemaTraits?] = [:]
  var expanded: [ConjunctSet: [SchemaBranch]] = [:]
  /// Why the first schema that nothing satisfies is one; no error where a value needs none of it.
  private(set) var emptiness: ConstraintError?
  private let root: Int32

  /// - Throws: where `text` is no JSON, larger than a limit, or nested deeper than the JSON reader goes.
  init(_ text: String, field: String, space: ScalarAutomaton? = nil) throws(ConstraintError) {
    let value = try JSONValue(constraint: text, field: field)
    self.field = field
    document = SchemaDocument(value, field: field)
    root = document.number(value, "", base: URIReference(""))
    rules = JSONRules(field: field, space: space)
  }

  /// The rule of the whole schema.
  mutating func compile() throws(ConstraintError) -> Int32 {
    let rule = try rule(for: ConjunctSet([Conjunct(node: root)]))
    var next = 0
    while next < pending.count {
      let (rule, schemas) = pending[next]
      next += 1
      try fill(rule, schemas)
    }
    return rule
  }

  /// The rule of schemas that hold together; filled later where it is new.
  mutating func rule(for schemas: ConjunctSet) throws(ConstraintError) -> Int32 {
    if let rule = known[schemas] { return rule }
    if let basic = basicKind(schemas) {
      let rule = try rules.rule(basic)
      known[schemas] = rule
      return rule
    }
    if schemas.elements.count == 1, let other = try alias(of: schemas.elements[0]) {
      let rule = try rule(for: other)
      known[schemas] = rule
      return rule
    }
    let rule = try rules.network.addRule()
    known[schemas] = rule
    pending.append((rule, schemas))
    return rule
  }

  /// Schemas that say no more than a type: those share the rules of JSON itself, whatever their titles.
  private func basicKind(_ schemas: ConjunctSet) -> JSONRules.Basic? {
    guard let first = schemas.elements.first else { return .any }
    guard schemas.elements.count == 1, !first.isNegated else { return nil }
    let node = document.nodes[Int(first.node)]
    if node.isAny { return .any }
    guard case .object(let members) = node.value else { return nil }
    let words = members.filter { SchemaWords.constrains($0.name) }
    guard words.count == 1, words[0].name == "type", let type = words[0].value.text else { return nil }
    switch type {
    case "object": return .object
    case "array": return .array
    case "string": return .string
    case "number": return .number
    case "integer": return .integer
    case "boolean": return .boolean
    case "null": return .null
    default: return nil
    }
  }

  /// What a schema that is nothing but a reference stands for.
  private mutating func alias(of schema: Conjunct) throws(ConstraintError) -> ConjunctSet? {
    guard !schema.isNegated else { return nil }
    var current = schema
    var seen: Set<Int32> = []
    while seen.insert(current.node).inserted {
      let node = document.nodes[Int(current.node)]
      guard case .object(let members) = node.value,
        case let words = members.filter({ SchemaWords.constrains($0.name) }), words.count == 1,
        words[0].name == "$ref", let reference = words[0].value.text
      else { return seen.count == 1 ? nil : set([current]) }
      current = Conjunct(node: try document.number(ofReference: reference, in: node, keyword: "$ref"))
    }
    throw loop()
  }

  func loop() -> ConstraintError {
    ConstraintError(
      .unsupported, field, found: "a $ref that leads back to itself with no text between",
      expected: "recursion through properties or items")
  }

  /// Schemas that hold together, without those that say nothing.
  func set(_ schemas: [Conjunct]) -> ConjunctSet {
    ConjunctSet(schemas.filter { $0.isNegated || !document.nodes[Int($0.node)].isAny })
  }

  /// A schema below another one.
  mutating func conjunct(_ value: JSONValue, _ path: String, in node: SchemaDocument.Node) -> Conjunct {
    Conjunct(node: document.number(value, path, base: node.base))
  }

  /// The schema that nothing satisfies.
  mutating func never() -> Conjunct {
    Conjunct(node: document.number(.bool(false), "", base: URIReference("")))
  }

  // MARK: Rules

  private mutating func fill(_ rule: Int32, _ schemas: ConjunctSet) throws(ConstraintError) {
    let ends = rules.network.rules[Int(rule)]
    if let alternatives = try plainAlternatives(schemas) {
      for alternative in alternatives {
        rules.network.addCall(ends.start, rule: try self.rule(for: set([alternative])), ends.accept)
      }
      return
    }
    for branch in try branches(of: schemas) { try add(branch, to: rule) }
  }

  /// The alternatives of a schema that is nothing but a list of them.
  private mutating func plainAlternatives(_ schemas: ConjunctSet) throws(ConstraintError) -> [Conjunct]? {
    guard schemas.elements.count == 1, !schemas.elements[0].isNegated else { return nil }
    let node = document.nodes[Int(schemas.elements[0].node)]
    guard case .object(let members) = node.value else { return nil }
    let words = members.filter { SchemaWords.constrains($0.name) }
    guard words.count == 1, ["anyOf", "oneOf"].contains(words[0].name) else { return nil }
    let object = SchemaObject(members: members, path: node.path, field: field)
    var alternatives: [Conjunct] = []
    for schema in try object.schemas(words[0].name) where schema.value != .bool(false) {
      alternatives.append(conjunct(schema.value, schema.path, in: node))
    }
    if words[0].name == "anyOf" { return alternatives }
    for (index, second) in alternatives.enumerated() {
      for first in alternatives[..<index] where !isDisjoint(first, second) { return nil }
    }
    return alternatives
  }

  /// Adds what one branch admits to a rule.
  private mutating func add(_ branch: SchemaBranch, to rule: Int32) throws(ConstraintError) {
    if let reason = branch.emptiness {
      note(reason)
      return
    }
    let ends = rules.network.rules[Int(rule)]
    if let constants = branch.constants {
      for value in constants where try admits(branch, value) {
        rules.network.addEpsilon(try rules.addValue(value, from: ends.start), ends.accept)
      }
      return
    }
    let types = branch.answerTypes
    if types == .all, branch.impliedTypes.isEmpty, branch.excluded.isEmpty {
      return rules.network.addCall(ends.start, rule: try rules.rule(.any), ends.accept)
    }
    for type in [JSONTypes.object, .array, .string, .boolean, .null] where types.contains(type) {
      if let own = try self.rule(of: type, branch) {
        rules.network.addCall(ends.start, rule: own, ends.accept)
      }
    }
    let numbers = types.intersection(.number)
    if !numbers.isEmpty, let own = try numberRule(branch, numbers) {
      rules.network.addCall(ends.start, rule: own, ends.accept)
    }
  }

  /// The rule of the values of one type; nil where there is none. A rule of its own for each, so that calls tell them
  /// apart by the first byte.
  private mutating func rule(of type: JSONTypes, _ branch: SchemaBranch) throws(ConstraintError) -> Int32? {
    let own: Int32
    switch type {
    case .boolean:
      let values = [true, false].filter { !branch.excluded.contains(.bool($0)) }
      if values.count == 2 { return try rules.rule(.boolean) }
      guard let value = values.first else { return nil }
      own = try rules.network.addRule()
      let ends = rules.network.rules[Int(own)]
      rules.network.addEpsilon(try rules.addValue(.bool(value), from: ends.start), ends.accept)
    case .null: return branch.excluded.contains(.null) ? nil : try rules.rule(.null)
    case .string: return try stringRule(branch)
    case .object:
      own = try rules.network.addRule()
      try addObject(own, branch)
    default:
      own = try rules.network.addRule()
      try addArray(own, branch)
    }
    return own
  }

  mutating func note(_ reason: ConstraintError) { if emptiness == nil { emptiness = reason } }

  func error(
    _ kind: ConstraintError.Kind, _ path: String, _ found: String, _ expected: String
  ) -> ConstraintError {
    ConstraintError(kind, path.isEmpty ? field : "\(field) at \(path)", found: found, expected: expected)
  }
}
