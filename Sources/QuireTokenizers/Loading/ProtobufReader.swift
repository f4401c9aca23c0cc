/// Reads the wire format of protocol buffers field by field, within its bytes.
///
/// Source: protobuf.dev, "Encoding".
struct ProtobufReader {
  /// The value of a field.
  enum Value {
    case integer(UInt64)
    case bytes(ArraySlice<UInt8>)
    case word(UInt32)
    case doubleWord(UInt64)
  }

  /// Why the bytes are no message: where, and what was found.
  struct Failure: Error {
    let offset: Int
    let found: String
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// A reader at the beginning of a message.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next field's number and value, or nil at the end.
  mutating func next() throws(Failure) -> (field: Int, value: Value)? {
    guard position < bytes.endIndex else { return nil }
    let start = position
    let tag = try integer()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
      throw Failure(offset: start, found: "field number \(tag >> 3)")
    }
    let value: Value
    switch tag & 7 {
    case 0: value = .integer(try integer())
    case 1: value = .doubleWord(try fixed(8))
    case 2:
      let count = try integer()
      guard count <= UInt64(bytes.endIndex - position) else {
        throw Failure(
          offset: start, found: "a field of \(count) bytes where \(bytes.endIndex - position) are left")
      }
      let end = position + Int(count)
      value = .bytes(bytes[position..<end])
      position = end
    case 5: value = .word(UInt32(truncatingIfNeeded: try fixed(4)))
    default: throw Failure(offset: start, found: "wire type \(tag & 7)")
    }
    return (Int(tag >> 3), value)
  }

  /// A number of 7 bits a byte, the lowest first; at most 10 bytes.
  private mutating func integer() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    let start = position
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < bytes.endIndex else { throw Failure(offset: start, found: "the end within a number") }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Failure(offset: start, found: "a number of more than 10 bytes")
  }

  private mutating func fixed(_ count: Int) throws(Failure) -> UInt64 {
    guard bytes.endIndex - position >= count else {
      throw Failure(offset: position, found: "the end within a number of \(count) bytes")
    }
    defer { position += count }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
  }
}
