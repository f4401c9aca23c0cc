#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Cuts bytes into lines as they come, holding one line and one piece of the input at a time.
///
/// A byte order mark at the start is dropped, LF and CRLF both end a line, the last line may lack its end, and
/// blank lines (nothing but spaces and tabs) are skipped but counted.
package final class LineReader: FileLines {
  /// Longest line that is taken, without its end: 64 MiB.
  package static let defaultLineByteLimit = 64 << 20
  private let bytes: any ByteSource
  private let lineByteLimit: Int
  private var buffer: [UInt8] = []
  /// The bytes of `buffer` that no line has taken yet.
  private var unread = 0..<0
  /// The start of a line whose end has not been read yet.
  private var partial: [UInt8] = []
  private var isSkippingLongLine = false
  private var hasEnded = false
  private var nextIndex = 0
  /// Bytes, decompressed, that have been cut into lines or parts of them.
  private var cutByteCount = 0

  /// Bytes of the input that lines were made of so far.
  package var consumedByteCount: Int { bytes.consumedByteCount - (bytes.isPlain ? unread.count : 0) }
  var passedLineCount: Int { nextIndex }
  package var failure: JobError? { bytes.failure }

  /// A reader of all that comes from `bytes`.
  package init(_ bytes: any ByteSource, lineByteLimit: Int = LineReader.defaultLineByteLimit) {
    self.bytes = bytes
    self.lineByteLimit = lineByteLimit
  }

  /// - Parameters:
  ///   - descriptor: open for reading; stays the caller's.
  ///   - name: of the input, for errors.
  package convenience init(
    descriptor: Int32, name: String, lineByteLimit: Int = LineReader.defaultLineByteLimit
  ) {
    self.init(DescriptorBytes(descriptor: descriptor, name: name), lineByteLimit: lineByteLimit)
  }

  /// Bytes that one call reads on without finding a line: read in some milliseconds, so that a line without an end, or
  /// gigabytes of blank ones, hold up neither the lines before them nor a signal.
  static let patienceByteCount = 4 << 20

  /// The next line that is not blank; `notReady`, too, where none has ended in the next few megabytes.
  /// - Parameter waitMilliseconds: how long to wait for a pipe: 0 not at all.
  package func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    let start = cutByteCount
    while cutByteCount - start < Self.patienceByteCount {
      if let content = takeLine() {
        if let line = finished(content) { return .line(line) }
        continue
      }
      if hasEnded {
        guard !partial.isEmpty || isSkippingLongLine else { return .end }
        if let line = finished(takePartial()) { return .line(line) }
        continue
      }
      switch try bytes.next(waitMilliseconds: waitMilliseconds) {
      case .bytes(let more):
        buffer = more
        unread = more.indices
      case .notReady: return .notReady
      case .end:
        hasEnded = true
        // Of a damaged input the line that is cut short is none.
        if failure != nil {
          partial = []
          isSkippingLongLine = false
        }
      }
    }
    return .notReady
  }

  /// The bytes up to the next line end, nil where the end is not here yet.
  private func takeLine() -> InputLine.Content? {
    guard !unread.isEmpty else { return nil }
    let newline = buffer.withUnsafeBytes { bytes in
      memchr(bytes.baseAddress! + unread.lowerBound, 0x0A, unread.count).map {
        UnsafeRawPointer($0) - bytes.baseAddress!
      }
    }
    let end = newline ?? unread.upperBound
    if !isSkippingLongLine {
      partial.append(contentsOf: buffer[unread.lowerBound..<end])
      // More than the limit by what may turn out to be a byte order mark and a carriage return.
      if partial.count > lineByteLimit + 4 {
        isSkippingLongLine = true
        partial = []
      }
    }
    let next = newline.map { $0 + 1 } ?? end
    cutByteCount += next - unread.lowerBound
    unread = next..<unread.upperBound
    return newline == nil ? nil : takePartial()
  }

  private func takePartial() -> InputLine.Content {
    defer {
      isSkippingLongLine = false
      partial = []
    }
    return isSkippingLongLine ? .tooLong : .bytes(partial)
  }

  /// Counts the line and strips its end; nil for a blank one.
  private func finished(_ content: InputLine.Content) -> InputLine? {
    defer { nextIndex += 1 }
    return InputLine(index: nextIndex, raw: content, byteLimit: lineByteLimit)
  }
}
