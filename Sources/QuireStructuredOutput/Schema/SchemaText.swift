import QuireJSON

/// Schemas as text.
enum SchemaText {
  /// A text that is equal for schemas alone that say the same; of the outermost one, only what constrains counts.
  static func key(of value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    if case .object(let members) = value {
      writer.value(
        .object(members.filter { SchemaWords.constrains($0.name) || $0.name == "then" || $0.name == "else" }))
    } else {
      writer.value(value)
    }
    return writer.bytes
  }

  /// One step of a JSON pointer (RFC 6901).
  static func step(_ key: String) -> String {
    var step = "/"
    for scalar in key.unicodeScalars.prefix(80) {
      switch scalar {
      case "~": step += "~0"
      case "/": step += "~1"
      default: step.unicodeScalars.append(scalar.value < 0x20 ? "?" : scalar)
      }
    }
    return step
  }
}
