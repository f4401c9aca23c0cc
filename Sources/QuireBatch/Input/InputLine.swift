/// One line of the input, its line end and byte order mark taken off.
package struct InputLine: Equatable, Sendable {
  /// What stands in a line.
  package enum Content: Equatable, Sendable {
    /// The line's bytes, without the line end.
    case bytes([UInt8])
    /// Longer than the limit; its bytes were read past, never held.
    case tooLong
  }

  /// The line's place in the input from 0; blank lines count too.
  package let index: Int
  /// What stands in it.
  package let content: Content

  /// The line's number, from 1 as editors count.
  package var number: Int { index + 1 }

  /// A line; each argument is the field of its name.
  init(index: Int, content: Content) {
    self.index = index
    self.content = content
  }

  /// A line as its bytes came, without its line feed: a carriage return and, on the first line, a byte order mark are
  /// taken off. Nil for a blank one (nothing but spaces and tabs).
  init?(index: Int, raw: Content, byteLimit: Int) {
    self.index = index
    guard case .bytes(var bytes) = raw else {
      content = .tooLong
      return
    }
    if bytes.last == 0x0D { bytes.removeLast() }
    if index == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.count <= byteLimit, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
    content = bytes.count > byteLimit ? .tooLong : .bytes(bytes)
  }
}
