import QuirePlatform
import QuireRequests

/// What came of computing lines of an output again.
package struct Recomputation: Equatable, Sendable {
  /// Lines that were computed again and compared.
  package var lineCount = 0
  /// Lines of the input that the output does not answer.
  package var unansweredLineCount = 0
  /// Lines that differ, or that the input does not have.
  package var differences = AnswerDifferences()
}

/// Takes lines that were computed again, and compares them with what the ledger of an output says was written.
///
/// Belongs to one thread. Memory: some 50 bytes a line that is compared, and what differs.
final class AnswerComparison: LineSink {
  private let file: AnsweredFile
  /// The numbers of the records that are to be compared; nil for all.
  private let sample: [LineKey: Int]?
  /// All records by their keys, where all are compared.
  private var table = LineKeyTable()
  private var isSeen: Set<Int> = []
  private(set) var findings = Recomputation()
  private(set) var lineCount = 0

  /// - Parameter sample: the records that are compared, by their keys; nil for all.
  init(_ file: AnsweredFile, sample: [LineKey: Int]?) throws(JobError) {
    self.file = file
    self.sample = sample
    guard sample == nil else { return }
    try file.forEachRecord { number, record in
      _ = table.replace(LineKeyTable.Key(record.key), number: number)
    }
  }

  func begin() {}

  func write(_ line: FinishedLine) throws(IOError) {
    lineCount += 1
    let key = line.origin.key
    let number = if let sample { sample[key] } else { table.number(of: LineKeyTable.Key(key)) }
    let found: LineRecord?
    do throws(JobError) {
      found = if let number { try record(number) } else { nil }
    } catch {
      throw IOError(error)
    }
    guard let number, let record = found, record.key == key else {
      // The job was given fewer lines than this input has.
      findings.unansweredLineCount += 1
      return
    }
    isSeen.insert(number)
    findings.lineCount += 1
    if record.content != line.origin.content {
      findings.differences.add(.init(kind: .otherContent, lineNumber: number + 1, index: record.index))
    } else if record.digest != LineRecord.digest(of: line.bytes) {
      findings.differences.add(.init(kind: .otherAnswer, lineNumber: number + 1, index: record.index))
    }
  }

  func finish(_ end: JobEnd) throws(IOError) -> LineCounts? {
    guard end == .complete else { return nil }
    do throws(JobError) {
      if let sample {
        for number in sample.values.sorted() { try findMissing(number) }
      } else {
        for number in 0..<file.ledger.recordCount { try findMissing(number) }
      }
    } catch {
      throw IOError(error)
    }
    return nil
  }

  private func findMissing(_ number: Int) throws(JobError) {
    guard !isSeen.contains(number) else { return }
    let index = try record(number)?.index
    findings.differences.add(.init(kind: .noLine, lineNumber: number + 1, index: index))
  }

  private func record(_ number: Int) throws(JobError) -> LineRecord? {
    try file.reading { () throws(SystemError) in try file.ledger.record(number) }
  }
}
