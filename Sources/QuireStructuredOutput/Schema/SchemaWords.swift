import QuireJSON

/// The keywords that drafts 3 to 2020-12 define, by what they do; whatever none of them defines says nothing of a value.
enum SchemaWords {
  /// Keywords whose values are schemas or lists of them.
  static let applicators: Set<String> = [
    "additionalProperties", "propertyNames", "items", "prefixItems", "additionalItems", "contains", "allOf",
    "anyOf",
    "oneOf", "not", "if", "then", "else", "extends", "disallow", "type", "unevaluatedProperties",
    "unevaluatedItems",
  ]
  /// Keywords whose values are objects of schemas.
  static let maps: Set<String> = [
    "properties", "patternProperties", "definitions", "$defs", "dependencies", "dependentSchemas",
  ]
  /// Keywords that speak of values of one type alone.
  static let ofType: [String: JSONTypes] = {
    var result: [String: JSONTypes] = [:]
    for word in [
      "properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties",
      "propertyNames", "dependencies", "dependentRequired", "dependentSchemas", "unevaluatedProperties",
    ] { result[word] = .object }
    for word in [
      "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains",
      "minContains",
      "maxContains", "unevaluatedItems",
    ] { result[word] = .array }
    for word in ["minLength", "maxLength", "pattern", "format"] { result[word] = .string }
    for word in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "divisibleBy"] {
      result[word] = .number
    }
    return result
  }()
  /// Keywords of whole schemas.
  static let combining: Set<String> = [
    "$ref", "$recursiveRef", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "enum", "const",
    "extends",
    "disallow",
  ]

  /// Whether a keyword says something of a value.
  static func constrains(_ word: String) -> Bool {
    word == "type" || ofType[word] != nil || combining.contains(word)
  }
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

  /// The types of a `type` without schemas in it; nil where it is absent.
  func types() throws(ConstraintError) -> JSONTypes? {
    guard let value = self["type"] else { return nil }
    let names: [JSONValue]
    switch value {
    case .array(let elements): names = elements
    default: names = [value]
    }
    let known = "object, array, string, number, integer, boolean, null"
    var types: JSONTypes = []
    for name in names {
      guard let text = name.text, let type = text == "any" && isDraft3 ? .all : JSONTypes(name: text) else {
        throw error(.malformed, "type", name.summary, "one of \(known), or a list of them")
      }
      types.formUnion(type)
    }
    guard !types.isEmpty else { throw error(.malformed, "type", "an empty list", "one of \(known)") }
    return types
  }

  /// Whether it is written as draft 3 has it.
  var isDraft3 = false

  /// A count; nil where the keyword is absent.
  func count(_ keyword: String) throws(ConstraintError) -> Int? {
    guard let value = self[keyword] else { return nil }
    var found: Int?
    if case .integer(let number) = value { found = number }
    if case .number(let number) = value, number == number.rounded(), abs(number) < 1e15 {
      found = Int(number)
    }
    if case .wideInteger = value { found = Int.max }
    guard let count = found, count >= 0 else {
      throw error(.malformed, keyword, value.summary, "an integer of at least 0")
    }
    return count
  }

  /// The schemas of a keyword whose value is a list of them, with their paths.
  func schemas(_ keyword: String) throws(ConstraintError) -> [(value: JSONValue, path: String)] {
    guard let value = self[keyword] else { return [] }
    guard case .array(let schemas) = value, !schemas.isEmpty else {
      throw error(.malformed, keyword, value.summary, "a list of at least one schema")
    }
    return schemas.enumerated().map { ($1, path(keyword) + "/\($0)") }
  }

  /// The members of a keyword whose value is an object.
  func map(_ keyword: String) throws(ConstraintError) -> [JSONMember] {
    guard let value = self[keyword] else { return [] }
    guard case .object(let members) = value else {
      throw error(.malformed, keyword, value.summary, "an object of schemas")
    }
    return members
  }

  /// The texts of a list, each once.
  func names(_ keyword: String, _ value: JSONValue) throws(ConstraintError) -> [[UInt8]] {
    guard case .array(let elements) = value else {
      throw error(.malformed, keyword, value.summary, "a list of names")
    }
    var names: [[UInt8]] = []
    var known: Set<[UInt8]> = []
    for element in elements {
      guard case .string(let name) = element else {
        throw error(.malformed, keyword, element.summary, "a name")
      }
      if known.insert(name).inserted { names.append(name) }
    }
    return names
  }
}
