/// Where a program's lines come from: a sequence, or a queue that a task fills.
protocol TextSource: AnyObject {
  /// The next text.
  /// - Parameter waitMilliseconds: how long to wait for one that is not there yet: 0 not at all.
  func next(waitMilliseconds: Int32) -> TextEvent
}

/// What came of asking for a text.
enum TextEvent {
  case text(String)
  case notReady
  case end
}

/// The texts of a sequence in memory, or of one that makes them as they are asked for.
final class IteratedTexts: TextSource {
  private let nextText: () -> String?

  /// The texts of a sequence, which is iterated once.
  init(_ texts: some Swift.Sequence<String>) {
    var iterator = texts.makeIterator()
    nextText = { iterator.next() }
  }

  func next(waitMilliseconds: Int32) -> TextEvent { nextText().map { .text($0) } ?? .end }
}

/// Each text as a line.
final class TextLines: LineSource {
  private let texts: any TextSource
  private var nextIndex = 0
  private(set) var consumedByteCount = 0

  init(_ texts: any TextSource) { self.texts = texts }

  func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    while true {
      switch texts.next(waitMilliseconds: waitMilliseconds) {
      case .text(let text):
        defer { nextIndex += 1 }
        consumedByteCount += text.utf8.count
        if let line = InputLine(index: nextIndex, text: text) { return .line(line) }
      case .notReady: return .notReady
      case .end: return .end
      }
    }
  }
}

extension InputLine {
  /// A line of a program; nil for a blank one.
  init?(index: Int, text: String) {
    self.init(
      index: index, raw: .bytes(Array(text.utf8)), byteLimit: LineReader.defaultLineByteLimit)
  }
}

/// Texts as the lines of one file, for rows that may go over several of them.
final class TextBytes: ByteSource {
  private let texts: any TextSource
  private(set) var consumedByteCount = 0

  init(_ texts: any TextSource) { self.texts = texts }

  func next(waitMilliseconds: Int32) throws(IOError) -> ByteEvent {
    switch texts.next(waitMilliseconds: waitMilliseconds) {
    case .text(let text):
      consumedByteCount += text.utf8.count + 1
      return .bytes(Array(text.utf8) + [0x0A])
    case .notReady: return .notReady
    case .end: return .end
    }
  }
}
