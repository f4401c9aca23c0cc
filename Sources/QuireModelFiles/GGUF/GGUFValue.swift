/// One metadata value of a GGUF file, with the type that it had in the file.
package enum GGUFValue: Sendable {
  /// `uint8` to `uint64`.
  case unsigned(UInt64, GGUFValueType)
  /// `int8` to `int64`.
  case signed(Int64, GGUFValueType)
  /// `float32` or `float64`.
  case float(Double, GGUFValueType)
  /// A truth value.
  case bool(Bool)
  /// A value of type `string`.
  case string(String)
  /// An array, its elements read when asked for.
  case array(GGUFArray)

  /// The type in the file.
  package var type: GGUFValueType {
    switch self {
    case .unsigned(_, let type), .signed(_, let type), .float(_, let type): type
    case .bool: .bool
    case .string: .string
    case .array: .array
    }
  }

  /// The value as an integer, nil where it is none or exceeds `Int`.
  package var integer: Int? {
    switch self {
    case .unsigned(let value, _): Int(exactly: value)
    case .signed(let value, _): Int(exactly: value)
    default: nil
    }
  }

  /// Type and value for a message: `uint32 7`, `string "abc"`, `array of 3 int32`.
  package var summary: String {
    switch self {
    case .unsigned(let value, let type): "\(type.name) \(value)"
    case .signed(let value, let type): "\(type.name) \(value)"
    case .float(let value, let type): "\(type.name) \(value)"
    case .bool(let value): "bool \(value)"
    case .string(let value): "string " + printable(value)
    case .array(let array): "array of \(array.count) \(array.elementType.name)"
    }
  }
}
