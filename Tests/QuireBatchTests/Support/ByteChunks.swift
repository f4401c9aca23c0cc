import QuireOpenAI

@testable import QuireBatch

/// Bytes that come in pieces of a given size.
final class ByteChunks: ByteSource {
  private var rest: ArraySlice<UInt8>
  private let size: Int
  private(set) var consumedByteCount = 0

  init(_ bytes: some Sequence<UInt8>, size: Int = .max) {
    rest = Array(bytes)[...]
    self.size = size
  }

  func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent {
    guard !rest.isEmpty else { return .end }
    let piece = Array(rest.prefix(size))
    rest = rest.dropFirst(size)
    consumedByteCount += piece.count
    return .bytes(piece)
  }
}

extension LineSource {
  /// All lines up to the end.
  func allLines() throws -> [InputLine] {
    var lines: [InputLine] = []
    while true {
      switch try next(waitMilliseconds: -1) {
      case .line(let line): lines.append(line)
      case .notReady: continue
      case .end: return lines
      }
    }
  }
}

extension InputLine {
  /// The line's text, or the message of what is wrong with it.
  var text: String {
    switch content {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .tooLong: "too long"
    case .wrong(let error): "\(error.code.rawValue): \(error.message)"
    }
  }
}
