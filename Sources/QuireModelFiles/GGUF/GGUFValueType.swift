/// The types of metadata values in a GGUF file, numbered as the file does.
///
/// Source: the GGUF specification, `docs/gguf.md` in ggml's repository.
package enum GGUFValueType: UInt32, Sendable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// The bytes of one value, nil for strings and arrays, whose size varies.
  package var fixedByteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// The fewest bytes that one value takes: strings begin with a length, arrays with a type and a count.
  var smallestByteCount: Int {
    switch self {
    case .string: 8
    case .array: 12
    default: fixedByteCount ?? 1
    }
  }

  /// The specification's name in lower case: `uint32`.
  package var name: String { String(describing: self) }
}
