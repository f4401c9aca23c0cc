/// Bytes of one JSON line in the making: fixed order of keys, no white space, shortest exact numbers.
package struct JSONLine {
  /// What has been written so far.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// A line without content.
  package init() {}

  mutating func beginObject() { open(UInt8(ascii: "{")) }
  mutating func endObject() { close(UInt8(ascii: "}")) }
  mutating func beginArray() { open(UInt8(ascii: "[")) }
  mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A key of our own, which needs no escaping.
  mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
    needsComma = false
  }

  /// A key and a value carried from the input, byte for byte.
  mutating func carried(key rawKey: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
    separate()
    bytes.append(contentsOf: rawKey)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(contentsOf: value)
    needsComma = true
  }

  /// A value that is JSON already.
  mutating func raw(_ value: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: value)
    needsComma = true
  }

  mutating func null() { raw("null".utf8) }
  mutating func boolean(_ value: Bool) { raw(value ? "true".utf8 : "false".utf8) }
  mutating func integer(_ value: some BinaryInteger) { raw(String(value).utf8) }

  /// The shortest text that reads back as the same double; minus infinity is written -9999.0, as vLLM does.
  /// Precondition: not NaN and not plus infinity.
  mutating func number(_ value: Double) {
    precondition(!value.isNaN && value != .infinity, "JSON has no \(value)")
    raw((value == -.infinity ? "-9999.0" : "\(value)").utf8)
  }

  /// The same for a number in single precision.
  mutating func number(_ value: Float) {
    precondition(!value.isNaN && value != .infinity, "JSON has no \(value)")
    raw((value == -.infinity ? "-9999.0" : "\(value)").utf8)
  }

  /// A key and a whole number.
  mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    integer(value)
  }

  mutating func stringOrNull(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  /// An array of what `write` makes of each element.
  mutating func array<Element>(_ elements: [Element], _ write: (inout JSONLine, Element) -> Void) {
    beginArray()
    for element in elements { write(&self, element) }
    endArray()
  }

  /// A key made at run time, with the escapes of a string.
  mutating func textKey(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// A string with the escapes that JSON requires and no others: text stays readable UTF-8.
  mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case UInt8(ascii: "\\"): bytes.append(contentsOf: [byte, byte])
      case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      case 0x0D: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
      case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.hexDigits[Int(byte >> 4)])
        bytes.append(Self.hexDigits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Ends the line with its newline.
  mutating func endLine() { bytes.append(0x0A) }

  static let hexDigits = Array("0123456789abcdef".utf8)

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }
}
