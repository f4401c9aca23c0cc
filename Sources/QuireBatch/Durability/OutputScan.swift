import QuirePlatform
import QuireRequests

/// Reads output and ledger side by side, and finds how far they agree.
///
/// What a death leaves is repaired: a line that was begun and not ended, a record without its line, and after a loss of
/// power lines or records that never reached the disk. What it cannot leave is damage: a line whose bytes differ from its
/// record with more lines behind it, a record that does not hold with good ones behind it.
struct OutputScan {
  /// Records whose lines are whole.
  private(set) var recordCount = 0
  /// Where the last of those lines ends, in bytes.
  private(set) var outputByteCount = 0
  /// What the lines amount to, each key counted once.
  private(set) var counts = LineCounts()
  /// The last record of each key.
  private(set) var table = LineKeyTable()

  private let output: OutputReader
  private let ledger: LineLedger
  private let paths: JobFilePaths
  private let retriesErrors: Bool

  /// Reads both files to their ends.
  ///
  /// - Parameter retriesErrors: whether error lines are left out of the counts.
  /// - Throws: ``JobError`` of kind `cannotResume` that says where the damage is.
  init(
    _ output: OutputReader, _ ledger: LineLedger, _ paths: JobFilePaths, retriesErrors: Bool
  ) throws(JobError) {
    self.output = output
    self.ledger = ledger
    self.paths = paths
    self.retriesErrors = retriesErrors
    var damagedRecord: Int?
    try ledger.forEachRecord(reading: { JobError.unreadable(paths.ledger, $0) }) {
      number, record throws(JobError) in
      guard let record, record.offset == outputByteCount || damagedRecord != nil else {
        damagedRecord = damagedRecord ?? number
        return true
      }
      if let damagedRecord {
        throw .cannotResume(
          "\(paths.ledger) is damaged at record \(damagedRecord + 1), with whole ones behind it; bring it back, or add "
            + "\(option: .overwrite) to start again")
      }
      return try take(record, number: number)
    }
  }

  /// What became of the line of a record.
  static func outcome(
    of record: LineRecord, in output: OutputReader
  ) throws(SystemError) -> FinishedLine.Outcome {
    guard record.isError else {
      return .answered(
        promptTokenCount: record.promptTokenCount, outputTokenCount: record.outputTokenCount)
    }
    let line = AnsweredLine(bytes: try output.bytes(at: record.offset, count: record.byteCount))
    return .failed(code: line.errorCode)
  }

  /// Takes a record whose line is whole; false where the files agree no further.
  private mutating func take(_ record: LineRecord, number: Int) throws(JobError) -> Bool {
    let holds = try JobError.reading(paths.output) { () throws(SystemError) in
      try output.holdsLine(at: record.offset, byteCount: record.byteCount, digest: record.digest)
    }
    guard holds else {
      guard record.offset + record.byteCount >= output.byteCount else {
        throw .cannotResume(
          "the output \(paths.output) is damaged at line \(number + 1), byte \(record.offset + 1): it is not what was "
            + "written there; bring the line back, or add \(option: .overwrite) to start again")
      }
      return false
    }
    if let earlier = table.replace(LineKeyTable.Key(record.key), number: number) {
      let earlierRecord = try JobError.reading(paths.ledger) { () throws(SystemError) in
        try ledger.record(earlier)
      }
      if let earlierRecord { try count(earlierRecord, times: -1) }
    }
    try count(record, times: 1)
    recordCount = number + 1
    outputByteCount += record.byteCount
    return true
  }

  private mutating func count(_ record: LineRecord, times: Int) throws(JobError) {
    guard !(record.isError && retriesErrors) else { return }
    let outcome = try JobError.reading(paths.output) { () throws(SystemError) in
      try Self.outcome(of: record, in: output)
    }
    counts.add(outcome, times: times)
  }
}

extension JobError {
  /// What `body` reads of the file at `path`, which an earlier run left.
  static func reading<Value>(
    _ path: String, _ body: () throws(SystemError) -> Value
  ) throws(JobError) -> Value {
    do throws(SystemError) { return try body() } catch { throw unreadable(path, error) }
  }

  /// The error of a file of an earlier run that cannot be read.
  static func unreadable(_ path: String, _ error: SystemError) -> JobError {
    .cannotResume("cannot read \(path), which an earlier run left: \(error)")
  }
}
