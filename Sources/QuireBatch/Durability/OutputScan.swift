import QuirePlatform
import QuireRequests

/// Reads the files of lines and the ledger side by side, and finds how far they agree.
///
/// What a death leaves is repaired: a line that was begun and not ended, a record without its line, and after a loss of
/// power lines or records that never reached the disk. What it cannot leave is damage: a line whose bytes differ from its
/// record with more lines behind it, a record that does not hold with good ones behind it.
struct OutputScan {
  /// Records whose lines are whole.
  private(set) var recordCount = 0
  /// Where the last of those lines ends in each file, in bytes.
  private(set) var byteCounts: OutputPair<Int>
  /// What the lines amount to, each key counted once.
  private(set) var counts = LineCounts()
  /// The last record of each key.
  private(set) var table = LineKeyTable()

  private let files: OutputPair<OutputReader>
  private let ledger: LineLedger
  private let paths: JobFilePaths
  private let retriesErrors: Bool
  /// Whole lines of each file.
  private var lineCounts: OutputPair<Int>

  /// Reads all files to their ends.
  ///
  /// - Parameter retriesErrors: whether error lines are left out of the counts.
  /// - Throws: ``JobError`` of kind `cannotResume` that says where the damage is.
  init(
    _ files: OutputPair<OutputReader>, _ ledger: LineLedger, _ paths: JobFilePaths, retriesErrors: Bool
  ) throws(JobError) {
    self.files = files
    byteCounts = files.map { _ in 0 }
    lineCounts = byteCounts
    self.ledger = ledger
    self.paths = paths
    self.retriesErrors = retriesErrors
    var damagedRecord: Int?
    try ledger.forEachRecord(reading: { JobError.unreadable(paths.ledger, $0) }) {
      number, record throws(JobError) in
      guard let record, record.offset == byteCounts[isError: record.isError] || damagedRecord != nil else {
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
    of record: LineRecord, in files: OutputPair<OutputReader>
  ) throws(SystemError) -> FinishedLine.Outcome {
    guard record.isError else {
      return .answered(
        promptTokenCount: record.promptTokenCount, outputTokenCount: record.outputTokenCount)
    }
    let line = AnsweredLine(
      bytes: try files[isError: true].bytes(at: record.offset, count: record.byteCount))
    return .failed(code: line.errorCode)
  }

  /// Takes a record whose line is whole; false where the files agree no further.
  private mutating func take(_ record: LineRecord, number: Int) throws(JobError) -> Bool {
    let (file, path) = (files[isError: record.isError], paths.lines[isError: record.isError])
    let holds = try JobError.reading(path) { () throws(SystemError) in
      try file.holdsLine(at: record.offset, byteCount: record.byteCount, digest: record.digest)
    }
    guard holds else {
      guard record.offset + record.byteCount >= file.byteCount else {
        let lineNumber = lineCounts[isError: record.isError] + 1
        throw .cannotResume(
          "the output \(path) is damaged at line \(lineNumber), byte \(record.offset + 1): it is not what was "
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
    byteCounts[isError: record.isError] += record.byteCount
    lineCounts[isError: record.isError] += 1
    return true
  }

  private mutating func count(_ record: LineRecord, times: Int) throws(JobError) {
    guard !(record.isError && retriesErrors) else { return }
    let outcome = try JobError.reading(paths.lines[isError: record.isError]) { () throws(SystemError) in
      try Self.outcome(of: record, in: files)
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
