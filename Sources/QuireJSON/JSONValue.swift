/// A JSON value as a tree: members in their order, keys and strings in UTF-8 and compared byte by byte.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that fits in `Int`.
  case integer(Int)
  /// A longer one in its digits, behind a minus sign where it is negative; only where the parser was asked to keep them.
  case wideInteger(String)
  /// Any other number; finite unless the parser was asked for the others too.
  case number(Double)
  /// A string, decoded to valid UTF-8.
  case string([UInt8])
  case array([JSONValue])
  case object([JSONMember])

  /// A string value of a Swift text.
  package static func text(_ text: String) -> JSONValue { .string(Array(text.utf8)) }

  /// The text of a string, nil for anything else.
  package var text: String? {
    if case .string(let utf8) = self { String(decoding: utf8, as: UTF8.self) } else { nil }
  }

  /// The value of `key`, nil where it is absent or null or this is no object; the first one of a key that stands twice.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self, let value = members[key], value != .null else { return nil }
    return value
  }

  /// The value as error messages quote it: scalars as they are, texts in quotes and cut, containers with
  /// their count.
  package var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .wideInteger(let digits): Excerpt.bare(digits, limit: Excerpt.nameLimit)
    case .number(let value): "\(value)"
    case .string(let utf8): "the string " + Excerpt.quoted(utf8)
    case .array(let elements): "an array of \(elements.count)"
    case .object(let members): "an object of \(members.count) members"
    }
  }
}

/// One key of an object and its value.
package struct JSONMember: Sendable, Equatable {
  /// The key, decoded to valid UTF-8.
  package let key: [UInt8]
  /// The value, null included.
  package let value: JSONValue

  /// A member of an object.
  package init(key: [UInt8], value: JSONValue) {
    self.key = key
    self.value = value
  }

  /// The key's text.
  package var name: String { String(decoding: key, as: UTF8.self) }
}

extension [JSONMember] {
  /// The value of the first member with `key`, null included; a search from the first member on.
  package subscript(key: String) -> JSONValue? {
    let utf8 = key.utf8
    return first { $0.key.count == utf8.count && $0.key.elementsEqual(utf8) }?.value
  }
}
