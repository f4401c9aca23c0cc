/// A value inside validated JSON bytes: a kind and a byte range, decoded only where it is asked for.
///
/// Reading a request this way keeps what Foundation's decoders lose (the order of keys, a carried value's bytes,
/// repeated keys, exact integers), and a hostile line of 64 MiB costs no tree of nodes.
/// Invariant: `range` covers one valid JSON value without surrounding white space.
package struct JSONView: Sendable {
  package enum Kind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
  }

  let bytes: [UInt8]
  let range: Range<Int>

  /// Validates `bytes`, which must be UTF-8, and views the one value in them.
  package init(validating bytes: [UInt8]) throws(JSONSyntaxError) {
    try JSONValidator.validate(bytes)
    self.bytes = bytes
    var start = 0
    var end = bytes.count
    while Self.isWhitespace(bytes[start]) { start += 1 }
    while Self.isWhitespace(bytes[end - 1]) { end -= 1 }
    range = start..<end
  }

  init(bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    self.range = range
  }

  package var kind: Kind {
    switch bytes[range.lowerBound] {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "n"): .null
    default: .number
    }
  }

  package var isNull: Bool { kind == .null }

  /// The value's bytes as they stand in the line.
  package var raw: ArraySlice<UInt8> { bytes[range] }

  /// The text of a number as it was typed.
  var lexeme: String { String(decoding: raw, as: UTF8.self) }

  static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  static func hexValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
