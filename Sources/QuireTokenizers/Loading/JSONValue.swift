/// A JSON value as it stands in the file: keys in order and compared byte by byte, strings as UTF-8.
///
/// Foundation's reader compares keys by canonical equivalence and keeps one of two equal ones; a vocabulary needs neither.
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A whole number that fits.
  case integer(Int)
  /// Any other number.
  case number(Double)
  case string([UInt8])
  case array([JSONValue])
  case object([JSONMember])

  /// The value of `key`, nil where it is absent or null or this is no object.
  subscript(key: StaticString) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    let name = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
    for member in members where member.key.elementsEqual(name) {
      return member.value == .null ? nil : member.value
    }
    return nil
  }

  /// The text of a string.
  var text: String? {
    if case .string(let bytes) = self { return String(decoding: bytes, as: UTF8.self) }
    return nil
  }

  /// For errors: the kind of value, with short scalars spelled out.
  var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let bytes): "\"\(String(decoding: bytes.prefix(80), as: UTF8.self))\""
    case .array(let items): "an array of \(items.count)"
    case .object(let members): "an object of \(members.count)"
    }
  }
}

/// One key and its value.
struct JSONMember: Sendable, Equatable {
  let key: [UInt8]
  let value: JSONValue
}
