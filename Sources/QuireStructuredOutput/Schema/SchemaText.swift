import QuireJSON

/// Schemas as text.
enum SchemaText {
  /// A text that is equal for equal schemas alone.
  static func key(of value: JSONValue) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(value)
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
