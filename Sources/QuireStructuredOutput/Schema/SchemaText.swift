import QuireJSON

/// Schemas as text.
enum SchemaText {
  /// A text that is equal for equal schemas alone.
  static func key(of value: JSONValue) -> [UInt8] {
    var text: [UInt8] = []
    append(value, to: &text)
    return text
  }

  private static func append(_ value: JSONValue, to text: inout [UInt8]) {
    switch value {
    case .null: text += "null".utf8
    case .bool(let value): text += "\(value)".utf8
    case .integer(let value): text += "\(value)".utf8
    case .number(let value): text += "\(value)".utf8
    case .string(let utf8): text += JSONSpelling.string(utf8)
    case .array(let elements):
      text.append(UInt8(ascii: "["))
      for element in elements {
        append(element, to: &text)
        text.append(UInt8(ascii: ","))
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for member in members {
        text += JSONSpelling.string(member.key)
        text.append(UInt8(ascii: ":"))
        append(member.value, to: &text)
        text.append(UInt8(ascii: ","))
      }
      text.append(UInt8(ascii: "}"))
    }
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
