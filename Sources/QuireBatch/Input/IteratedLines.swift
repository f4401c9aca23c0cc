/// The lines of a sequence in memory, or of one that makes them as they are asked for.
final class IteratedLines: LineSource {
  private let nextText: () -> String?
  private var nextIndex = 0
  private(set) var consumedByteCount = 0

  /// The lines of a sequence, which is iterated once.
  init(_ lines: some Swift.Sequence<String>) {
    var iterator = lines.makeIterator()
    nextText = { iterator.next() }
  }

  func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    while let text = nextText() {
      defer { nextIndex += 1 }
      consumedByteCount += text.utf8.count
      if let line = InputLine(index: nextIndex, text: text) { return .line(line) }
    }
    return .end
  }
}

extension InputLine {
  /// A line of a program; nil for a blank one.
  init?(index: Int, text: String) {
    self.init(
      index: index, raw: .bytes(Array(text.utf8)), byteLimit: LineReader.defaultLineByteLimit)
  }
}
