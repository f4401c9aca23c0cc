import QuireJSON

/// References of schemas into themselves, which lead astray once a schema stands within another one.
enum SchemaReferences {
  /// A schema as it has to be written at `place` of another document: `#/definitions/a` becomes `PLACE/definitions/a`.
  ///
  /// Names of the whole schema are left out: they would make it a document of its own again.
  static func moved(_ schema: String, to place: String) -> [UInt8] {
    guard
      let value = try? JSONValue(parsing: Array(schema.utf8), repeatedKeys: .kept, keepsWideIntegers: true),
      case .object(let members) = value
    else { return Array(schema.utf8) }
    let kept = members.filter { !["$schema", "$id", "id"].contains($0.name) || $0.value.text == nil }
    var writer = JSONWriter()
    writer.value(moved(.object(kept), to: place))
    return writer.takeBytes()
  }

  /// Keywords whose values are data, in which `$ref` means nothing.
  private static let dataKeywords: Set<String> = ["enum", "const", "default", "example", "examples"]

  private static func moved(_ value: JSONValue, to place: String) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { moved($0, to: place) })
    case .object(let members):
      return .object(
        members.map { member in
          if member.name == "$ref", let text = member.value.text, text == "#" || text.hasPrefix("#/") {
            return JSONMember(key: member.key, value: .text(place + text.dropFirst()))
          }
          guard !dataKeywords.contains(member.name) else { return member }
          return JSONMember(key: member.key, value: moved(member.value, to: place))
        })
    default: return value
    }
  }

  /// A key as a step of a JSON pointer in a reference, RFC 6901.
  static func step(_ key: String) -> String {
    var step = ""
    for scalar in key.unicodeScalars {
      switch scalar {
      case "~": step += "~0"
      case "/": step += "~1"
      case "%": step += "%25"
      default: step.unicodeScalars.append(scalar)
      }
    }
    return step
  }
}
