import QuireJSON

/// An object of a structural tag, whose members are asked for by name.
struct FormatObject {
  private let members: [JSONMember]
  private let path: String
  private let field: String

  init(_ value: JSONValue, _ path: String, _ field: String) throws(ConstraintError) {
    self.path = path
    self.field = field
    guard case .object(let members) = value else {
      throw ConstraintError(
        .malformed, path.isEmpty ? field : "\(field) at \(path)", found: value.summary, expected: "an object")
    }
    self.members = members.filter { $0.value != .null }
  }

  var place: String { path.isEmpty ? field : "\(field) at \(path)" }

  func place(_ name: String) -> String { "\(field) at \(path)\(SchemaText.step(name))" }

  func malformed(_ name: String, _ found: String, _ expected: String) -> ConstraintError {
    ConstraintError(.malformed, place(name), found: found, expected: expected)
  }

  func unsupported(_ name: String, _ found: String, _ expected: String) -> ConstraintError {
    ConstraintError(.unsupported, place(name), found: found, expected: expected)
  }

  /// Throws where another name stands there.
  func checkNames(_ names: Set<String>) throws(ConstraintError) {
    for member in members where !names.contains(member.name) {
      throw unsupported(
        member.name, "a field that it does not have", names.sorted().joined(separator: ", "))
    }
  }

  func has(_ name: String) -> Bool { members[name] != nil }

  func summary(_ name: String) -> String { members[name]?.summary ?? "nothing" }

  func isText(_ name: String) -> Bool { members[name]?.text != nil }

  func isObject(_ name: String) -> Bool {
    if case .object? = members[name] { true } else { false }
  }

  func value(_ name: String) throws(ConstraintError) -> JSONValue {
    guard let value = members[name] else { throw malformed(name, "nothing", "a value") }
    return value
  }

  func text(_ name: String) throws(ConstraintError) -> String {
    guard let text = members[name]?.text else { throw malformed(name, summary(name), "a text") }
    return text
  }

  func texts(_ name: String) throws(ConstraintError) -> [String] {
    guard case .array(let values)? = members[name] else {
      throw malformed(name, summary(name), "a list of texts")
    }
    var texts: [String] = []
    for value in values {
      guard let text = value.text, !text.isEmpty else {
        throw malformed(name, value.summary, "texts that are not empty")
      }
      texts.append(text)
    }
    return texts
  }

  func flag(_ name: String) throws(ConstraintError) -> Bool {
    switch members[name] {
    case nil: return false
    case .bool(let value)?: return value
    default: throw malformed(name, summary(name), "true or false")
    }
  }

  /// A count; nil where there is none, or -1 where that stands for any number.
  func count(_ name: String, isOpenBelow: Bool = false) throws(ConstraintError) -> Int? {
    guard has(name) else { return nil }
    guard case .integer(let value)? = members[name], value >= (isOpenBelow ? -1 : 0) else {
      throw malformed(name, summary(name), "a count")
    }
    if value == -1 { return nil }
    guard value <= ConstraintLimits.repetitionCount else {
      throw .limit(place(name), "\(value)", atMost: ConstraintLimits.repetitionCount, "(each is a state)")
    }
    return value
  }

  func object(_ name: String) throws(ConstraintError) -> FormatObject {
    try FormatObject(try value(name), path + SchemaText.step(name), field)
  }

  func objects(_ name: String) throws(ConstraintError) -> [FormatObject] {
    guard case .array(let values)? = members[name] else {
      throw malformed(name, summary(name), "a list of objects")
    }
    var objects: [FormatObject] = []
    for (index, value) in values.enumerated() {
      objects.append(try FormatObject(value, path + SchemaText.step(name) + "/\(index)", field))
    }
    return objects
  }

  /// A list of pairs of a text and an object.
  func pairs(_ name: String) throws(ConstraintError) -> [(String, FormatObject)] {
    guard case .array(let values)? = members[name], !values.isEmpty else {
      throw malformed(name, summary(name), "a list of pairs of a text and a format")
    }
    var pairs: [(String, FormatObject)] = []
    for (index, value) in values.enumerated() {
      guard case .array(let pair) = value, pair.count == 2, let text = pair[0].text, !text.isEmpty else {
        throw malformed(name, value.summary, "pairs of a text and a format")
      }
      pairs.append((text, try FormatObject(pair[1], path + SchemaText.step(name) + "/\(index)/1", field)))
    }
    return pairs
  }
}
