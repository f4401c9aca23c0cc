import QuirePlatform

/// A range that this process has the lease of, and its answers so far: a file of lines, in the order in which they were
/// finished, and its ledger.
///
/// Belongs to one thread at a time.
final class HeldRange {
  /// The range, from 0.
  let number: Int
  /// Lines of the range.
  let lineCount: Int
  /// The place in the input of its first line, once that has been read.
  var firstIndex: Int?
  /// The places of the lines whose answers are in the file.
  private(set) var answered: Set<Int> = []
  /// How many of them an earlier process had answered.
  let takenOverCount: Int
  private let paths: JobFilePaths
  private let calls: any FileSystemCalls
  private let output: AppendFile
  private let ledger: LineLedger

  /// Begins the answers of a range; those that earlier processes wrote whole, and did not publish, are taken over.
  init(
    _ number: Int, lineCount: Int, in directory: WorkDirectory, jobDigest: SIMD8<UInt32>
  ) throws(SystemError) {
    self.number = number
    self.lineCount = lineCount
    paths = directory.answers(number, by: directory.holder)
    calls = directory.calls
    output = try AppendFile(paths.output, calls)
    ledger = try LineLedger(paths.ledger, calls)
    // A lease that was given back and taken again.
    try output.truncate(to: 0)
    try ledger.begin(jobDigest: jobDigest)
    var answered: Set<Int> = []
    for other in try directory.earlierHolders(of: number) {
      // What cannot be read is answered again.
      try? Self.takeOver(directory.answers(number, by: other), jobDigest, calls, output, ledger, &answered)
    }
    self.answered = answered
    takenOverCount = answered.count
  }

  private static func takeOver(
    _ paths: JobFilePaths, _ jobDigest: SIMD8<UInt32>, _ calls: any FileSystemCalls, _ output: AppendFile,
    _ ledger: LineLedger, _ answered: inout Set<Int>
  ) throws(SystemError) {
    let oldLedger = try LineLedger(reading: paths.ledger, calls)
    guard try oldLedger.jobDigest() == jobDigest else { return }
    let lines = try OutputReader(paths.output, calls)
    for number in 0..<oldLedger.recordCount {
      guard var record = try oldLedger.record(number), record.offset + record.byteCount <= lines.byteCount,
        !answered.contains(record.index)
      else { continue }
      let bytes = try lines.line(of: record)
      guard bytes.last == 0x0A, LineRecord.digest(of: bytes) == record.digest else { continue }
      record.offset = output.byteCount
      try ledger.append(CollectionOfOne(record))
      try output.append(bytes)
      answered.insert(record.index)
    }
  }

  /// Whether all lines are answered.
  var isComplete: Bool { answered.count == lineCount }

  /// Takes an answer. After an error the files end with the line before.
  func write(_ line: FinishedLine) throws(SystemError) {
    let recordCount = ledger.recordCount
    try ledger.append(CollectionOfOne(LineRecord(line, offset: output.byteCount)))
    do throws(SystemError) {
      try output.append(line.bytes)
    } catch {
      try? ledger.truncate(toRecords: recordCount)
      throw error
    }
    answered.insert(line.origin.index)
  }

  /// Hands the answers to the disk.
  func synchronize() throws(SystemError) {
    try output.synchronize()
    try ledger.synchronize()
    try calls.synchronizeDirectory(SystemCalls.directory(of: paths.output))
  }

  /// Removes the files, for a range that is another process's by now.
  func discard() {
    try? calls.removeFile(paths.output)
    try? calls.removeFile(paths.ledger)
  }
}
