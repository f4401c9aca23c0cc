package import QuireEngine
import Synchronization

/// What was drawn, in earlier runs of a job, for lines that were not written. For any thread.
package final class UnfinishedLines: Sendable {
  /// Lines with draws.
  package let lineCount: Int
  /// Their tokens; of beam searches, what they took of their candidates.
  package let tokenCount: Int

  private let lines: Mutex<[LineKey: JournalScan.Line]>

  /// The lines that a journal has.
  init(_ lines: [Int: JournalScan.Line]) {
    lineCount = lines.count
    tokenCount = lines.values.reduce(0) { $0 + $1.tokenCount }
    self.lines = Mutex(Dictionary(uniqueKeysWithValues: lines.values.map { ($0.key, $0) }))
  }

  /// Hands over what is known of a line, once.
  package func take(_ key: LineKey) -> UnfinishedLine {
    guard let line = lines.withLock({ $0.removeValue(forKey: key) }) else { return UnfinishedLine() }
    var bytes = JournalBytes(line.draws)
    var unfinished = UnfinishedLine(answers: line.answers.map(\.bytes))
    while let draw = bytes.draw() { unfinished.draws.append(draw) }
    return unfinished
  }
}

/// What earlier runs have of a line that they did not write.
package struct UnfinishedLine: Sendable {
  /// The answers to its first requests, where it has several, as ``CachedAnswer`` writes them.
  package var answers: [[UInt8]] = []
  /// What was drawn for the request after these, in its order; empty where nothing was.
  package var draws: [RecordedDraw] = []
}
