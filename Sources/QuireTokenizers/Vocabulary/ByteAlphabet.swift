/// GPT-2's alphabet: the 256 bytes written as 256 printable scalars, so that a vocabulary is readable text.
///
/// Printable Latin-1 stands for itself; the other 68 bytes take U+0100 to U+0143 in order (GPT-2's `bytes_to_unicode`).
enum ByteAlphabet {
  /// The bytes that stand for themselves.
  static func isSelfStanding(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
  }

  /// The byte of each scalar below U+0144, or -1.
  private static let byteOfScalar: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    var next = 0x100
    for byte in UInt8.min...UInt8.max {
      if isSelfStanding(byte) {
        table[Int(byte)] = Int16(byte)
      } else {
        table[next] = Int16(byte)
        next += 1
      }
    }
    return table
  }()

  /// The letters that stand for `bytes`, in UTF-8.
  static func letters(of bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var letters: [UInt8] = []
    letters.reserveCapacity(2 * bytes.count)
    for byte in bytes {
      let scalar = scalarOfByte[Int(byte)]
      if scalar < 0x80 {
        letters.append(UInt8(scalar))
      } else {
        letters.append(UInt8(0xC0 | scalar >> 6))
        letters.append(UInt8(0x80 | scalar & 0x3F))
      }
    }
    return letters
  }

  /// The letter of each byte.
  private static let scalarOfByte: [UInt16] = {
    var table = [UInt16](repeating: 0, count: 256)
    for (scalar, byte) in byteOfScalar.enumerated() where byte >= 0 { table[Int(byte)] = UInt16(scalar) }
    return table
  }()

  /// Appends the bytes that `text` (UTF-8) spells; returns false, with `bytes` as it was, where a scalar is no letter of the alphabet.
  static func appendBytes<Text: Collection<UInt8>>(of text: Text, to bytes: inout [UInt8]) -> Bool {
    let start = bytes.count
    var index = text.startIndex
    while index != text.endIndex {
      let lead = text[index]
      var scalar = Int(lead)
      text.formIndex(after: &index)
      if lead >= 0x80 {
        // Only two-byte scalars, U+0080 to U+07FF, can be letters of the alphabet.
        guard lead & 0xE0 == 0xC0, index != text.endIndex else {
          bytes.removeSubrange(start...)
          return false
        }
        scalar = Int(lead & 0x1F) << 6 | Int(text[index] & 0x3F)
        text.formIndex(after: &index)
      }
      guard scalar < byteOfScalar.count, byteOfScalar[scalar] >= 0 else {
        bytes.removeSubrange(start...)
        return false
      }
      bytes.append(UInt8(byteOfScalar[scalar]))
    }
    return true
  }
}
