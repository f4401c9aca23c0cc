import QuireDigests
import QuireJSON

/// One line of the output, as its ledger keeps it: which line it answers, and what its bytes are.
///
/// 96 bytes in a file, numbers with the least significant byte first: key 16, content 16, digest 32, index 6, offset 6,
/// bytes 4, prompt tokens 4, output tokens 4, kind 1, nothing 3, check 4.
package struct LineRecord: Equatable, Sendable {
  /// What a record takes in a file.
  static let byteCount = 96

  /// Which line of the input is answered.
  var key: LineKey
  /// What stood in that line.
  var content: LineKey
  /// The SHA-256 of the output's line without its line end.
  var digest: SIMD8<UInt32>
  /// The line's place in the input, from 0.
  var index: Int
  /// Where the output's line begins, in bytes.
  var offset: Int
  /// Bytes of the output's line, its line end included.
  var byteCount: Int
  /// Prompt tokens of an answer, 0 of an error line.
  var promptTokenCount: Int
  /// Output tokens of an answer, 0 of an error line.
  var outputTokenCount: Int
  /// Whether the line says what is wrong, instead of answering.
  var isError: Bool

  /// The record of a line that is about to be written.
  ///
  /// - Parameters:
  ///   - line: its bytes, line end included.
  ///   - offset: where it will begin.
  init(_ line: FinishedLine, offset: Int) {
    key = line.origin.key
    content = line.origin.content
    digest = Self.digest(of: line.bytes)
    index = line.origin.index
    self.offset = offset
    byteCount = line.bytes.count
    (promptTokenCount, outputTokenCount, isError) =
      switch line.outcome {
      case .answered(let prompt, let output): (prompt, output, false)
      case .failed: (0, 0, true)
      }
  }

  /// The SHA-256 of a line without its line end, which `line` has.
  static func digest(of line: [UInt8]) -> SIMD8<UInt32> {
    var hash = SHA256()
    hash.update(line.dropLast())
    return hash.digest()
  }

  /// Reads a record; nil where its check does not hold.
  ///
  /// - Parameter isChecked: false takes the check for granted, which is most of the time.
  init?(_ bytes: ArraySlice<UInt8>, isChecked: Bool = true) {
    var fields = ByteFields(bytes)
    key = LineKey(words: fields.fourWords())
    content = LineKey(words: fields.fourWords())
    digest = SIMD8(lowHalf: fields.fourWords(), highHalf: fields.fourWords())
    index = fields.number(byteCount: 6)
    offset = fields.number(byteCount: 6)
    byteCount = fields.number(byteCount: 4)
    promptTokenCount = fields.number(byteCount: 4)
    outputTokenCount = fields.number(byteCount: 4)
    let kind = fields.number(byteCount: 4)
    isError = kind == 1
    guard bytes.count == Self.byteCount, kind <= 1, byteCount > 0,
      !isChecked || fields.word() == ByteFields.check(bytes.dropLast(4))
    else { return nil }
  }

  /// Appends the record as it stands in a file.
  func append(to bytes: inout [UInt8]) {
    let start = bytes.count
    for i in 0..<4 { bytes.append(number: Int(key.words[i]), byteCount: 4) }
    for i in 0..<4 { bytes.append(number: Int(content.words[i]), byteCount: 4) }
    for i in 0..<8 { bytes.append(number: Int(digest[i]), byteCount: 4) }
    bytes.append(number: index, byteCount: 6)
    bytes.append(number: offset, byteCount: 6)
    bytes.append(number: byteCount, byteCount: 4)
    bytes.append(number: min(promptTokenCount, Int(UInt32.max)), byteCount: 4)
    bytes.append(number: min(outputTokenCount, Int(UInt32.max)), byteCount: 4)
    bytes.append(number: isError ? 1 : 0, byteCount: 4)
    bytes.append(number: Int(ByteFields.check(bytes[start...])), byteCount: 4)
  }
}

/// Numbers one after the other in bytes, the least significant byte first. Past the end all are 0.
struct ByteFields {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  /// The numbers in some bytes.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next number of at most seven bytes.
  mutating func number(byteCount: Int) -> Int {
    var number = 0
    for place in 0..<min(byteCount, bytes.endIndex - position) {
      number |= Int(bytes[position + place]) << (8 * place)
    }
    position = min(position + byteCount, bytes.endIndex)
    return number
  }

  /// The next number of four bytes.
  mutating func word() -> UInt32 { UInt32(number(byteCount: 4)) }

  /// The next four of them.
  mutating func fourWords() -> SIMD4<UInt32> {
    var words = SIMD4<UInt32>.zero
    for place in words.indices { words[place] = word() }
    return words
  }

  /// The first word of the SHA-256, which tells damage of any kind but for one case in 4 billion.
  static func check(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest()[0]
  }
}

extension [UInt8] {
  /// Appends the low bytes of a number, the least significant first.
  mutating func append(number: Int, byteCount: Int) {
    for shift in 0..<byteCount { append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
  }
}
