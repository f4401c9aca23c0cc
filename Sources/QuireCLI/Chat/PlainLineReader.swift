import Foundation

/// Lines of standard input as they come.
struct PlainLineReader {
  /// Bytes of a line that are taken at most.
  private static let byteLimit = 64 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// Where the next line begins in the buffer.
  private var start = 0
  private var lineNumber = 0
  private var hasEnded = false

  /// A reader of a file descriptor.
  init(descriptor: Int32 = 0) { self.descriptor = descriptor }

  /// The next line, without its end and, before the first, a byte order mark.
  mutating func next() -> LineEditor.Line {
    var line: [UInt8] = []
    var isTooLong = false
    while true {
      let rest = buffer[start...]
      let end = rest.firstIndex(of: 0x0A)
      if line.count + rest.count <= Self.byteLimit {
        line += rest[..<(end ?? rest.endIndex)]
      } else {
        isTooLong = true
      }
      if let end {
        start = end + 1
        return take(line, isTooLong)
      }
      guard fill() else {
        return line.isEmpty && !isTooLong ? .end : take(line, isTooLong)
      }
    }
  }

  private mutating func take(_ line: [UInt8], _ isTooLong: Bool) -> LineEditor.Line {
    lineNumber += 1
    guard !isTooLong else { return .unusable("line \(lineNumber) has more than \(Self.byteLimit >> 20) MiB") }
    var bytes = line[...]
    if lineNumber == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.last == 0x0D { bytes = bytes.dropLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .unusable("line \(lineNumber) is not UTF-8")
    }
    return .text(text)
  }

  /// Replaces what was taken by further bytes; false at the end.
  private mutating func fill() -> Bool {
    start = 0
    buffer = [UInt8](repeating: 0, count: 64 << 10)
    var count = -1
    while !hasEnded {
      count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 || errno != EINTR { break }
    }
    buffer.removeLast(buffer.count - max(0, count))
    // A terminal ends where the user says so, and would go on.
    hasEnded = count <= 0
    return count > 0
  }
}
