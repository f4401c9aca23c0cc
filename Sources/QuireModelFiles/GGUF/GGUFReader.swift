/// Reads little-endian values one after another, each checked against the bytes that remain.
///
/// Invariant: `offset <= bytes.count`. Nothing is allocated for a length or a count before it has been compared with them.
struct GGUFReader {
  let bytes: UnsafeRawBufferPointer
  let path: String
  var offset = 0

  init(bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  var remaining: Int { bytes.count - offset }

  mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ subject: @autoclosure () -> String
  )
    throws(ModelFileError) -> T
  {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw truncated(subject(), needed: "\(size)") }
    defer { offset += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// A 64-bit length and that many bytes of UTF-8.
  mutating func string(_ subject: @autoclosure () -> String, allowsNUL: Bool) throws(ModelFileError) -> String
  {
    let range = try stringRange(subject())
    let slice = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard let text = String(validating: slice.bindMemory(to: UInt8.self), as: UTF8.self) else {
      throw ModelFileError(
        path: path, subject: subject(), found: "a string of \(range.count) bytes that is not valid UTF-8")
    }
    guard allowsNUL || !slice.contains(0) else {
      throw ModelFileError(path: path, subject: subject(), found: "a string with a NUL in it")
    }
    return text
  }

  /// The place of a string's bytes, the offset moved past them.
  mutating func stringRange(_ subject: @autoclosure () -> String) throws(ModelFileError) -> Range<Int> {
    let length = try integer(UInt64.self, subject())
    guard length <= UInt64(remaining) else {
      throw ModelFileError(
        path: path, subject: subject(), found: "a string of \(length) bytes",
        expected: "at most the \(remaining) bytes that remain")
    }
    let range = offset..<offset + Int(length)
    offset = range.upperBound
    return range
  }

  /// A value of any type but array.
  mutating func scalar(
    _ type: GGUFValueType, _ subject: @autoclosure () -> String
  ) throws(ModelFileError)
    -> GGUFValue
  {
    switch type {
    case .uint8: return .unsigned(UInt64(try integer(UInt8.self, subject())), type)
    case .int8: return .signed(Int64(try integer(Int8.self, subject())), type)
    case .uint16: return .unsigned(UInt64(try integer(UInt16.self, subject())), type)
    case .int16: return .signed(Int64(try integer(Int16.self, subject())), type)
    case .uint32: return .unsigned(UInt64(try integer(UInt32.self, subject())), type)
    case .int32: return .signed(Int64(try integer(Int32.self, subject())), type)
    case .uint64: return .unsigned(try integer(UInt64.self, subject()), type)
    case .int64: return .signed(try integer(Int64.self, subject()), type)
    case .float32: return .float(Double(Float(bitPattern: try integer(UInt32.self, subject()))), type)
    case .float64: return .float(Double(bitPattern: try integer(UInt64.self, subject())), type)
    case .bool:
      let byte = try integer(UInt8.self, subject())
      guard byte <= 1 else {
        throw ModelFileError(path: path, subject: subject(), found: "a bool of \(byte)", expected: "0 or 1")
      }
      return .bool(byte == 1)
    case .string: return .string(try string(subject(), allowsNUL: false))
    case .array: preconditionFailure("arrays are read by the metadata parser")
    }
  }

  /// The type of a value, by its number.
  mutating func valueType(_ subject: @autoclosure () -> String) throws(ModelFileError) -> GGUFValueType {
    let number = try integer(UInt32.self, subject())
    guard let type = GGUFValueType(rawValue: number) else {
      throw ModelFileError(
        path: path, subject: subject(), found: "value type \(number)", expected: "a type from 0 to 12")
    }
    return type
  }

  func truncated(_ subject: String, needed: String) -> ModelFileError {
    ModelFileError(
      path: path, subject: subject, found: "the file ends at byte \(bytes.count), \(remaining) bytes on",
      expected: "\(needed) bytes more",
      remedy: "the file is incomplete; take it again from its source")
  }
}
