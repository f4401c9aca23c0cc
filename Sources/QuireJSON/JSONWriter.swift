/// JSON in the making: fixed order of keys, no white space but what is asked for, shortest exact numbers.
///
/// The caller opens and closes what belongs together; commas come by themselves. Linear time.
package struct JSONWriter {
  /// What has been written so far and not been taken.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false
  /// Spaces at the start of the line that the next element begins; nil where it stays on this one.
  private var nextIndentation: Int?
  /// Whether a `<` in a string is written as its escape, so that no text ends a script in a page.
  private let escapesLessThan: Bool

  /// A writer that has written nothing.
  /// - Parameters:
  ///   - escapesLessThan: whether strings write `<` as its escape, for JSON inside a page of HTML.
  ///   - expectedByteCount: for how many bytes there is memory from the beginning.
  package init(escapesLessThan: Bool = false, expectedByteCount: Int = 0) {
    self.escapesLessThan = escapesLessThan
    if expectedByteCount > 0 { bytes.reserveCapacity(expectedByteCount) }
  }

  /// The text so far. Linear time.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Hands out what has been written, and goes on behind it with an empty buffer.
  package mutating func takeBytes() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  // MARK: Containers

  /// Opens an object; keys with their values follow.
  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  /// Closes the innermost object.
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  /// Opens an array; its elements follow.
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  /// Closes the innermost array.
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// An object of what `members` writes.
  package mutating func object(_ members: (inout JSONWriter) -> Void) {
    beginObject()
    members(&self)
    endObject()
  }

  /// An array of what `write` makes of each element.
  package mutating func array<Element>(
    _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    beginArray()
    for element in elements { write(&self, element) }
    endArray()
  }

  /// Begins a line, after `indentation` spaces, with the next element, member or closing bracket.
  package mutating func breakLine(indentation: Int = 0) { nextIndentation = indentation }

  /// Ends a text of one value with a newline.
  package mutating func endLine() { bytes.append(0x0A) }

  // MARK: Keys

  /// A key that stands in the program and needs no escaping.
  package mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key made at run time, with the escapes of a string.
  package mutating func textKey(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A key and a value carried from the input, byte for byte.
  package mutating func carried(key rawKey: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
    separate()
    bytes.append(contentsOf: rawKey)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(contentsOf: value)
    needsComma = true
  }

  // MARK: Values

  /// A value that is JSON already.
  package mutating func raw(_ value: [UInt8]) {
    separate()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  /// Writes a null.
  package mutating func null() { plain("null") }
  /// True or false.
  package mutating func boolean(_ value: Bool) { plain(value ? "true" : "false") }
  /// A whole number.
  package mutating func integer(_ value: Int) { plain(String(value)) }
  /// A whole number.
  package mutating func integer(_ value: some FixedWidthInteger) { plain(String(value)) }

  /// The shortest text that reads back as the same double; minus infinity is written -9999.0, as vLLM does.
  /// Precondition: not NaN and not plus infinity.
  package mutating func number(_ value: Double) {
    precondition(!value.isNaN && value != .infinity, "JSON has no \(value)")
    plain(value == -.infinity ? "-9999.0" : value.description)
  }

  /// The same for a number in single precision.
  package mutating func number(_ value: Float) {
    precondition(!value.isNaN && value != .infinity, "JSON has no \(value)")
    plain(value == -.infinity ? "-9999.0" : value.description)
  }

  /// A string, or null for nil.
  package mutating func stringOrNull(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  /// A string with the escapes that JSON requires and no others: text stays readable UTF-8.
  package mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(utf8: $0) }
  }

  /// The same for a text in valid UTF-8.
  package mutating func string(utf8 text: ArraySlice<UInt8>) {
    text.withUnsafeBufferPointer { string(utf8: $0) }
  }

  /// A tree; an object's members in their order.
  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): boolean(value)
    case .integer(let value): integer(value)
    case .wideInteger(let digits): raw(Array(digits.utf8))
    case .number(let value): number(value)
    case .string(let utf8): utf8.withUnsafeBufferPointer { string(utf8: $0) }
    case .array(let elements): array(elements) { $0.value($1) }
    case .object(let members):
      object { writer in
        for member in members {
          member.key.withUnsafeBufferPointer { writer.string(utf8: $0) }
          writer.bytes.append(UInt8(ascii: ":"))
          writer.needsComma = false
          writer.value(member.value)
        }
      }
    }
  }

  private mutating func string(utf8: UnsafeBufferPointer<UInt8>) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    var start = 0
    for (index, byte) in utf8.enumerated() where needsEscape(byte) {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
      escape(byte)
      start = index + 1
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  private func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      || (byte == UInt8(ascii: "<") && escapesLessThan)
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(Self.hexDigits[Int(byte >> 4)])
      bytes.append(Self.hexDigits[Int(byte & 15)])
    }
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// A value whose text needs no escapes.
  private mutating func plain(_ value: String) {
    separate()
    bytes.append(contentsOf: value.utf8)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    startLine()
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    startLine()
  }

  private mutating func startLine() {
    guard let indentation = nextIndentation else { return }
    bytes.append(0x0A)
    for _ in 0..<indentation { bytes.append(0x20) }
    nextIndentation = nil
  }
}

extension JSONWriter {
  /// A key and a whole number, or null for nil.
  package mutating func member(_ name: StaticString, _ value: Int?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// A key and a number, or null for nil.
  package mutating func member(_ name: StaticString, _ value: Double?) {
    key(name)
    if let value { number(value) } else { null() }
  }

  /// A key and a string, or null for nil.
  package mutating func member(_ name: StaticString, _ value: String?) {
    key(name)
    stringOrNull(value)
  }

  /// A key and true or false.
  package mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    boolean(value)
  }
}
