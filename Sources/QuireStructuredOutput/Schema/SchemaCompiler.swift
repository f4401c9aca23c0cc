import QuireJSON

/// Turns a JSON Schema into rules, one for each schema in it; what docs/structured-output.md does not list is refused
/// with its JSON pointer.
///
/// Schemas are taken one after another from a queue, so that references may lead anywhere without recursion here.
struct SchemaCompiler {
  /// A schema whose rule is yet to be filled.
  private struct Pending {
    let rule: Int32
    let schema: JSONValue
    let path: String
  }

  let root: JSONValue
  let field: String
  var rules: JSONRules
  private var pending: [Pending] = []
  /// Rules by the schema's text: equal schemas share a rule, which also closes the circle of recursive ones.
  private var known: [[UInt8]: Int32] = [:]
  private var references: [String: Int32] = [:]

  /// - Throws: where `text` is no JSON, larger than a limit, or nested deeper than the JSON reader goes.
  init(_ text: String, field: String) throws(ConstraintError) {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(field, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    do {
      root = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused)
    } catch {
      throw ConstraintError(
        .malformed, field, found: error.found + " at byte \(error.offset + 1)",
        expected: error.expected ?? "JSON")
    }
    self.field = field
    rules = JSONRules(field: field)
  }

  /// The rule of the whole schema.
  mutating func compile() throws(ConstraintError) -> Int32 {
    let rule = try rule(for: root, "")
    references["#"] = rule
    var next = 0
    while next < pending.count {
      let schema = pending[next]
      next += 1
      try fill(schema.rule, schema.schema, schema.path)
    }
    return rule
  }

  /// The rule of a schema at a path; filled later where it is new.
  mutating func rule(for schema: JSONValue, _ path: String) throws(ConstraintError) -> Int32 {
    let key = SchemaText.key(of: schema)
    if let rule = known[key] { return rule }
    if let basic = basicKind(schema) {
      let rule = try rules.rule(basic)
      known[key] = rule
      return rule
    }
    let rule = try rules.network.addRule()
    known[key] = rule
    pending.append(Pending(rule: rule, schema: schema, path: path))
    return rule
  }

  /// The rule of a reference's target.
  mutating func rule(ofReference reference: String, _ path: String) throws(ConstraintError) -> Int32 {
    if let rule = references[reference] { return rule }
    let target = try resolve(reference, path)
    let rule = try rule(for: target, String(reference.dropFirst()))
    references[reference] = rule
    return rule
  }

  /// A schema that says no more than a type: those share the rules of JSON itself, whatever their titles.
  private func basicKind(_ schema: JSONValue) -> JSONRules.Basic? {
    if schema == .bool(true) { return .any }
    guard case .object(let members) = schema else { return nil }
    let words = members.filter { !SchemaWords.annotations.contains($0.name) }
    if words.isEmpty { return .any }
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

  /// Fills the rule of one schema.
  private mutating func fill(_ rule: Int32, _ schema: JSONValue, _ path: String) throws(ConstraintError) {
    guard case .object(let members) = schema else {
      if schema == .bool(false) {
        throw error(
          .unsatisfiable, path, "false, which nothing satisfies", "a schema that a value can satisfy")
      }
      throw error(.malformed, path, schema.summary, "an object, true or false")
    }
    for member in members where !SchemaWords.all.contains(member.name) {
      throw error(
        .unsupported, path + SchemaText.step(member.name), "a keyword that is not covered",
        "one that docs/structured-output.md lists, or none")
    }
    let object = SchemaObject(members: members, path: path, field: field)
    if !path.isEmpty, object["$id"] != nil {
      throw object.error(.unsupported, "$id", "a schema with a name of its own", "$id at the top alone")
    }
    if let combining = try object.combiningKeyword() {
      try fill(rule, object, combining)
    } else if let types = try object.types() {
      for type in types { try addType(type, rule, object) }
    } else {
      let ends = rules.network.rules[Int(rule)]
      rules.network.addCall(ends.start, rule: try rules.rule(.any), ends.accept)
    }
  }

  private mutating func addType(
    _ type: JSONType, _ rule: Int32, _ object: SchemaObject
  ) throws(ConstraintError) {
    // A rule of its own for each, so that calls tell them apart by the first byte.
    let ends = rules.network.rules[Int(rule)]
    let own: Int32
    switch type {
    case .boolean: own = try rules.rule(.boolean)
    case .null: own = try rules.rule(.null)
    default:
      own = try rules.network.addRule()
      switch type {
      case .object: try addObject(own, object)
      case .array: try addArray(own, object)
      case .string: try addString(own, object)
      default: try addNumber(own, object, isInteger: type == .integer)
      }
    }
    rules.network.addCall(ends.start, rule: own, ends.accept)
  }

  func error(
    _ kind: ConstraintError.Kind, _ path: String, _ found: String, _ expected: String
  ) -> ConstraintError {
    ConstraintError(kind, path.isEmpty ? field : "\(field) at \(path)", found: found, expected: expected)
  }
}
