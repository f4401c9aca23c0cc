/// A value inside validated JSON bytes: a kind and a byte range, decoded only where it is asked for.
///
/// The way to read untrusted texts whose bytes are carried on: a hostile line of 64 MiB costs no tree of nodes.
/// Invariant: `range` covers one valid JSON value without surrounding white space.
package struct JSONView: Sendable {
  /// The kinds of values, in words for messages.
  package enum Kind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
  }

  /// Nested arrays and objects allowed unless the caller says otherwise; request bodies need fewer than ten.
  package static let depthLimit = 128

  /// The whole text.
  let bytes: [UInt8]
  let range: Range<Int>

  /// Validates `bytes` and views the one value in them.
  ///
  /// - Throws: where they are not one JSON text, nested at most `depthLimit` deep.
  package init(
    validating bytes: [UInt8], depthLimit: Int = Self.depthLimit
  ) throws(JSONSyntaxError) {
    try JSONValidator.validate(bytes, depthLimit: depthLimit)
    self.bytes = bytes
    var start = 0
    var end = bytes.count
    while JSONByte.isWhitespace(bytes[start]) { start += 1 }
    while JSONByte.isWhitespace(bytes[end - 1]) { end -= 1 }
    range = start..<end
  }

  init(bytes: [UInt8], range: Range<Int>) {
    self.bytes = bytes
    self.range = range
  }

  /// What the value is.
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

  /// Whether the value is null.
  package var isNull: Bool { kind == .null }

  /// The value's bytes as they stand in the text.
  package var raw: ArraySlice<UInt8> { bytes[range] }

  /// The value as it was typed: of a number, its digits.
  package var lexeme: String { String(decoding: raw, as: UTF8.self) }

  /// The value as it was typed, for messages: cut where it is long.
  package var excerpt: String { Excerpt.bare(raw) }

  /// The text of a string, escapes resolved. Precondition: the value is a string.
  package var decodedString: String {
    precondition(kind == .string, "text of \(kind.rawValue)")
    var walker = JSONWalker(bytes: bytes, position: range.lowerBound)
    return String(decoding: walker.string(), as: UTF8.self)
  }

  /// Whether a byte may stand between the tokens of a text.
  package static func isWhitespace(_ byte: UInt8) -> Bool { JSONByte.isWhitespace(byte) }
}
