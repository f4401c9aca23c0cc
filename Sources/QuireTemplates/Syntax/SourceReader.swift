/// A source in UTF-8, read scalar by scalar with its places; line ends are newlines alone, and a newline at the very end
/// of the source is dropped, as Jinja does.
struct SourceReader {
  /// The source's bytes.
  let bytes: [UInt8]
  /// The offset of the next byte.
  private(set) var offset = 0
  /// The place of the next byte.
  private(set) var place = TemplateError.Place(line: 1, column: 1)

  init(_ source: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.utf8.count)
    var followsReturn = false
    for byte in source.utf8 {
      if byte == 0x0D {
        bytes.append(0x0A)
      } else if byte != 0x0A || !followsReturn {
        bytes.append(byte)
      }
      followsReturn = byte == 0x0D
    }
    if bytes.last == 0x0A { bytes.removeLast() }
    self.bytes = bytes
  }

  /// Whether nothing is left.
  var isAtEnd: Bool { offset >= bytes.count }

  /// The byte `distance` ahead, nil beyond the end.
  func peek(_ distance: Int = 0) -> UInt8? {
    offset + distance < bytes.count ? bytes[offset + distance] : nil
  }

  /// Whether `text` comes next, `distance` bytes ahead.
  func startsWith(_ text: StaticString, at distance: Int = 0) -> Bool {
    let count = text.utf8CodeUnitCount
    guard offset + distance + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[offset + distance + $0] == text.utf8Start[$0] }
  }

  /// Passes `count` bytes.
  mutating func advance(_ count: Int = 1) {
    var (line, column) = (place.line, place.column)
    for byte in bytes[offset..<min(offset + count, bytes.count)] {
      if byte == 0x0A {
        (line, column) = (line + 1, 1)
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    place = TemplateError.Place(line: line, column: column)
    offset = min(offset + count, bytes.count)
  }

  /// The white space that begins `distance` bytes ahead, in bytes.
  func spaceCount(at distance: Int = 0) -> Int {
    var end = offset + distance
    while end < bytes.count {
      guard let (scalar, count) = scalar(at: end), scalar.isPythonSpace else { break }
      end += count
    }
    return end - offset - distance
  }

  /// The scalar at an offset and its bytes.
  func scalar(at offset: Int) -> (scalar: Unicode.Scalar, count: Int)? {
    guard offset < bytes.count else { return nil }
    if bytes[offset] < 0x80 { return (Unicode.Scalar(bytes[offset]), 1) }
    let place = TemplateText(utf8: Array(bytes[offset..<min(offset + 4, bytes.count)]), isLiteral: true)
      .scalar(at: 0)
    return (place.scalar, place.range.count)
  }
}
