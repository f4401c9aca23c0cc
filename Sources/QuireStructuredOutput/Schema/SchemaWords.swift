import QuireJSON

/// JSON's types as schemas name them.
enum JSONType: String, CaseIterable {
  case object, array, string, number, integer, boolean, null

  /// Keywords that speak of values of this type alone.
  var keywords: [String] {
    switch self {
    case .object: ["properties", "required", "additionalProperties", "minProperties", "maxProperties"]
    case .array: ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]
    case .string: ["minLength", "maxLength", "pattern", "format"]
    case .number, .integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
    case .boolean, .null: []
    }
  }
}

/// The keywords of schemas that are covered.
enum SchemaWords {
  /// Keywords that say nothing of a value.
  static let annotations: Set<String> = [
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "discriminator",
    "$schema",
    "$id", "$comment", "$defs", "definitions",
  ]
  /// Keywords that stand for a whole schema.
  static let combining = ["$ref", "const", "enum", "anyOf", "oneOf", "allOf"]
  static let all: Set<String> = annotations.union(combining).union(["type"]).union(
    JSONType.allCases.flatMap(\.keywords))
}

/// One schema that is an object.
struct SchemaObject {
  let members: [JSONMember]
  let path: String
  let field: String

  /// The value of a keyword, null included.
  subscript(keyword: String) -> JSONValue? { members[keyword] }

  @inline(never)
  func path(_ keyword: String) -> String { path + SchemaText.step(keyword) }

  @inline(never)
  func error(
    _ kind: ConstraintError.Kind, _ keyword: String, _ found: String, _ expected: String
  ) -> ConstraintError {
    ConstraintError(kind, "\(field) at \(path(keyword))", found: found, expected: expected)
  }

  /// The keyword that stands for the whole schema, where there is one.
  ///
  /// - Throws: where others stand beside it that would have to hold as well.
  func combiningKeyword() throws(ConstraintError) -> String? {
    guard let keyword = SchemaWords.combining.first(where: { self[$0] != nil }) else { return nil }
    for member in members where member.name != keyword && !SchemaWords.annotations.contains(member.name) {
      if member.name == "type", keyword == "enum" || keyword == "const" { continue }
      throw error(
        .unsupported, member.name, "a keyword beside \(keyword)",
        "\(keyword) alone, or both written as one schema")
    }
    return keyword
  }

  /// The types that the schema names or that its keywords speak of; nil for a schema of annotations alone.
  func types() throws(ConstraintError) -> [JSONType]? {
    if let named = try namedTypes() { return named }
    let implied = JSONType.allCases.filter { type in
      type != .integer && type.keywords.contains { self[$0] != nil }
    }
    return implied.isEmpty ? nil : implied
  }

  /// The value of `type`; integers are left out beside numbers, which hold them.
  func namedTypes() throws(ConstraintError) -> [JSONType]? {
    guard let value = self["type"] else { return nil }
    let names: [JSONValue]
    switch value {
    case .array(let elements): names = elements
    default: names = [value]
    }
    let known = JSONType.allCases.map(\.rawValue).joined(separator: ", ")
    var types: [JSONType] = []
    for name in names {
      guard let text = name.text, let type = JSONType(rawValue: text) else {
        throw error(.malformed, "type", name.summary, "one of \(known), or a list of them")
      }
      if !types.contains(type) { types.append(type) }
    }
    guard !types.isEmpty else { throw error(.malformed, "type", "an empty list", "one of \(known)") }
    if types.contains(.number) { types.removeAll { $0 == .integer } }
    return types
  }

  /// A count; nil where the keyword is absent.
  func count(_ keyword: String) throws(ConstraintError) -> Int? {
    guard let value = self[keyword] else { return nil }
    var found: Int?
    if case .integer(let number) = value { found = number }
    if case .number(let number) = value, number == number.rounded(), abs(number) < 1e15 {
      found = Int(number)
    }
    guard let count = found, count >= 0 else {
      throw error(.malformed, keyword, value.summary, "an integer of at least 0")
    }
    return count
  }

  /// A count up to which states are made.
  func stateCount(_ keyword: String) throws(ConstraintError) -> Int? {
    guard let count = try count(keyword) else { return nil }
    guard count <= ConstraintLimits.repetitionCount else {
      throw .limit(
        "\(field) at \(path(keyword))", "\(count)", atMost: ConstraintLimits.repetitionCount,
        "(each is a state)")
    }
    return count
  }

  /// Least and greatest count.
  func bounds(_ least: String, _ greatest: String) throws(ConstraintError) -> (Int, Int?) {
    let minimum = try stateCount(least) ?? 0
    let maximum = try stateCount(greatest)
    if let maximum, maximum < minimum {
      throw error(.unsatisfiable, greatest, "\(maximum), less than \(least)", "at least \(minimum)")
    }
    return (minimum, maximum)
  }
}
