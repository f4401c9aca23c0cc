import QuireJSON

/// A set of JSON's types, numbers split so that the set has a complement.
struct JSONTypes: OptionSet, Hashable {
  let rawValue: UInt8

  static let null = JSONTypes(rawValue: 1)
  static let boolean = JSONTypes(rawValue: 2)
  static let string = JSONTypes(rawValue: 4)
  static let object = JSONTypes(rawValue: 8)
  static let array = JSONTypes(rawValue: 16)
  /// Numbers without a fraction.
  static let integer = JSONTypes(rawValue: 32)
  /// All other numbers.
  static let fraction = JSONTypes(rawValue: 64)
  static let number: JSONTypes = [.integer, .fraction]
  static let all = JSONTypes(rawValue: 127)

  var inverted: JSONTypes { JSONTypes.all.subtracting(self) }

  /// The types that a schema's name of one stands for; nil where it is none.
  init?(name: String) {
    switch name {
    case "null": self = .null
    case "boolean": self = .boolean
    case "string": self = .string
    case "object": self = .object
    case "array": self = .array
    case "integer": self = .integer
    case "number": self = .number
    default: return nil
    }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The type of a value.
  init(of value: JSONValue) {
    switch value {
    case .null: self = .null
    case .bool: self = .boolean
    case .string: self = .string
    case .object: self = .object
    case .array: self = .array
    case .integer, .wideInteger: self = .integer
    case .number(let number): self = number == number.rounded() ? .integer : .fraction
    }
  }
}

extension JSONValue {
  /// Whether a validator takes both for one value: numbers by value, objects whatever the order of their members.
  func isEqual(to other: JSONValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
    case (.wideInteger(let a), .number(let b)), (.number(let b), .wideInteger(let a)): Double(a) == b
    case (.array(let a), .array(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
    case (.object(let a), .object(let b)):
      a.count == b.count
        && a.allSatisfy { member in
          b.contains { $0.key == member.key && $0.value.isEqual(to: member.value) }
        }
    default: self == other
    }
  }
}
