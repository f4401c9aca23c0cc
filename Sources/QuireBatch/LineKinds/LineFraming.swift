package import QuireJSON
package import QuireOpenAI

/// The way from the bytes of a line to what stands in it: length, UTF-8 and JSON, whatever the line then means.
package enum LineFraming {
  /// What stands in a line. Throws where it is too long, no UTF-8, or (but in text files) no JSON object; a row
  /// of a table has become one.
  static func content(of line: InputLine, _ format: InputFormat) throws(InputError) -> LineContent {
    switch format {
    case .text: .text(String(decoding: try text(in: line), as: UTF8.self))
    case .jsonl, .csv, .tsv: .object(try object(in: line).members())
    }
  }

  /// The bytes of a line, which are UTF-8.
  private static func text(in line: InputLine) throws(InputError) -> [UInt8] {
    let bytes: [UInt8]
    switch line.content {
    case .bytes(let content): bytes = content
    case .tooLong:
      throw InputError(
        .lineTooLong,
        "the line is longer than \(LineReader.defaultLineByteLimit >> 20) MiB; split its content")
    case .wrong(let error): throw error
    }
    if let offset = firstInvalidUTF8(in: bytes) {
      throw InputError(
        .invalidUTF8, "the line is not UTF-8 at byte \(offset + 1); convert the file, for instance with iconv"
      )
    }
    return bytes
  }

  /// The JSON object that a line is.
  package static func object(in line: InputLine) throws(InputError) -> JSONView {
    try JSONView.object(text(in: line), named: "the line")
  }

  /// Whether no byte has its highest bit set: looked at eight at a time.
  private static func isASCII(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
      let wordEnd = bytes.count & ~7
      for place in stride(from: 0, to: wordEnd, by: 8)
      where bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 {
        return false
      }
      return bytes[wordEnd...].allSatisfy { $0 < 0x80 }
    }
  }

  /// The offset of the first byte that is no part of UTF-8.
  private static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    if isASCII(bytes) || String(validating: bytes, as: UTF8.self) != nil { return nil }
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    var offset = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput, .error: return min(offset, bytes.count - 1)
      }
    }
  }
}

extension InputError.Code {
  /// Bytes that are not UTF-8.
  package static let invalidUTF8 = Self(rawValue: "invalid_utf8")
  /// A line longer than `LineReader.defaultLineByteLimit`.
  package static let lineTooLong = Self(rawValue: "line_too_long")
  /// An earlier line has the same id.
  package static let duplicateID = Self(rawValue: "duplicate_id")
  /// An endpoint that is not offered.
  package static let unknownURL = Self(rawValue: "unknown_url")
}
