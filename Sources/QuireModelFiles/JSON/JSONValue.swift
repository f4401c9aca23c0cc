/// A JSON value of a configuration file or a safetensors header.
package enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without fraction or exponent that fits in `Int`.
  case integer(Int)
  /// Any other number; finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Kind and value for a message: `the string "abc"`, `an array of 3`.
  var summary: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "the string " + printable(value)
    case .array(let values): "an array of \(values.count)"
    case .object(let members): "an object of \(members.count) members"
    }
  }
}
