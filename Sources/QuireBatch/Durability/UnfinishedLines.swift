package import QuireEngine
import Synchronization

/// What was drawn, in earlier runs of a job, for lines that were not written. For any thread.
package final class UnfinishedLines: Sendable {
  /// Lines with draws.
  package let lineCount: Int
  /// Their tokens; of beam searches, what they took of their candidates.
  package let tokenCount: Int

  private let draws: Mutex<[LineKey: [UInt8]]>

  /// The lines that a journal has.
  init(_ lines: [Int: JournalScan.Line]) {
    lineCount = lines.count
    tokenCount = lines.values.reduce(0) { $0 + $1.tokenCount }
    draws = Mutex(Dictionary(uniqueKeysWithValues: lines.values.map { ($0.key, $0.draws) }))
  }

  /// Hands over what was drawn for a line, in its order, once; empty where nothing was.
  package func take(_ key: LineKey) -> [RecordedDraw] {
    var bytes = JournalBytes(draws.withLock { $0.removeValue(forKey: key) } ?? [])
    var draws: [RecordedDraw] = []
    while let draw = bytes.draw() { draws.append(draw) }
    return draws
  }
}
