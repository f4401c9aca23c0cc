package import QuireOpenAI

/// One line of the input, its line end and byte order mark taken off; or one row of a table, as a JSON object.
package struct InputLine: Equatable, Sendable {
  /// What stands in a line.
  package enum Content: Equatable, Sendable {
    /// The line's bytes, without the line end.
    case bytes([UInt8])
    /// Longer than the limit; its bytes were read past, never held.
    case tooLong
    /// No row that could be read, and why.
    case wrong(InputError)
  }

  /// The line's place in the input from 0; blank lines count too, unless the input is a table.
  package let index: Int
  /// What stands in it.
  package let content: Content
  /// Where the line begins.
  package let origin: LineOrigin
  /// Whether the line is to be answered; one that is not in a sample counts among identical lines all the same.
  var isTaken = true
  /// Whether it is a row of a table.
  let isRow: Bool

  /// The line's number in its file, from 1 as editors count.
  package var number: Int { origin.lineNumber }

  /// What lines without an id are told apart by.
  package var distinguishingBytes: [UInt8] {
    switch content {
    case .bytes(let bytes): bytes
    case .tooLong: []
    case .wrong(let error): Array(error.message.utf8)
    }
  }

  /// A line; each argument is the field of its name.
  /// - Parameter origin: nil for the line of an only file in which every line counts.
  init(index: Int, content: Content, origin: LineOrigin? = nil, isRow: Bool = false) {
    self.isRow = isRow
    self.index = index
    self.content = content
    self.origin = origin ?? LineOrigin(lineNumber: index + 1)
  }

  /// A line as its bytes came, without its line feed: a carriage return and, on the first line, a byte order mark are
  /// taken off. Nil for a blank one (nothing but spaces and tabs).
  init?(index: Int, raw: Content, byteLimit: Int) {
    guard case .bytes(var bytes) = raw else {
      self.init(index: index, content: raw)
      return
    }
    if bytes.last == 0x0D { bytes.removeLast() }
    if index == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    if bytes.count <= byteLimit, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return nil }
    self.init(index: index, content: bytes.count > byteLimit ? .tooLong : .bytes(bytes))
  }
}

/// Where a line or row stands, for those who look for it in an editor.
package struct LineOrigin: Equatable, Sendable {
  /// The number, from 1, of the line in its file, of a row the line in which it begins.
  package let lineNumber: Int
  /// The file as the user wrote it, where there are several.
  package var file: String?

  /// The place in words.
  var name: String { (file.map { "\($0), " } ?? "") + "line \(lineNumber)" }

  /// A place; each argument is the field of its name.
  package init(lineNumber: Int, file: String? = nil) {
    self.lineNumber = lineNumber
    self.file = file
  }
}
