package import QuirePlatform

/// The records of an output's lines, in their order, in a file beside it that only grows.
///
/// A record is appended before its line, so that the ledger is never behind the output but after a loss of power. The
/// file begins with 64 bytes: `quireLDG`, version, size of a record, the digest of what its job is, a check.
///
/// Belongs to one thread, but for ``record(_:)``.
package final class LineLedger {
  /// What the head takes in a file.
  static let headByteCount = 64
  private static let magic = Array("quireLDG".utf8)
  private static let version = 1

  private let file: AppendFile

  /// Opens the ledger at `path`, or makes it; reads nothing.
  package init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    file = try AppendFile(path, calls)
  }

  /// Opens the ledger at `path` to read it alone.
  package init(reading path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    file = try AppendFile(reading: path, calls)
  }

  /// Where the ledger is.
  var path: String { file.path }
  /// Which file it is.
  var identity: FileIdentity? { file.identity }
  /// Whole records in the file.
  var recordCount: Int { max(0, file.byteCount - Self.headByteCount) / LineRecord.byteCount }
  /// Whether the file holds nothing, not even a head.
  var isEmpty: Bool { file.byteCount == 0 }
  /// Whether the file has changed since it was last handed to the disk.
  var isUnsynchronized: Bool { file.isUnsynchronized }

  /// The digest of the job that the ledger is of; nil where the head is damaged.
  func jobDigest() throws(SystemError) -> SIMD8<UInt32>? {
    let head = try file.read(at: 0, count: Self.headByteCount)
    guard head.count == Self.headByteCount, head.starts(with: Self.magic) else { return nil }
    var fields = ByteFields(head[8...])
    guard fields.number(byteCount: 4) == Self.version, fields.number(byteCount: 4) == LineRecord.byteCount
    else {
      return nil
    }
    let digest = SIMD8(lowHalf: fields.fourWords(), highHalf: fields.fourWords())
    guard ByteFields.check(head.dropLast(4)) == ByteFields(head[60...]).firstWord else { return nil }
    return digest
  }

  /// Empties the ledger and makes it that of a job.
  func begin(jobDigest: SIMD8<UInt32>) throws(SystemError) {
    try file.truncate(to: 0)
    var head = Self.magic
    head.append(number: Self.version, byteCount: 4)
    head.append(number: LineRecord.byteCount, byteCount: 4)
    for index in 0..<8 { head.append(number: Int(jobDigest[index]), byteCount: 4) }
    head += [UInt8](repeating: 0, count: Self.headByteCount - 4 - head.count)
    head.append(number: Int(ByteFields.check(head[...])), byteCount: 4)
    try file.append(head)
  }

  /// Appends the records of lines that are about to be written.
  func append(_ records: some Collection<LineRecord>) throws(SystemError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(records.count * LineRecord.byteCount)
    for record in records { record.append(to: &bytes) }
    try file.append(bytes)
  }

  /// Cuts all records from the `count`th on, and what is torn behind them.
  func truncate(toRecords count: Int) throws(SystemError) {
    try file.truncate(to: Self.headByteCount + count * LineRecord.byteCount)
  }

  /// Hands the ledger to the disk, where it has changed.
  func synchronize() throws(SystemError) { try file.synchronize() }

  /// The record of a number from 0; nil where it is not whole. May be called from any thread.
  func record(_ number: Int) throws(SystemError) -> LineRecord? {
    LineRecord(
      try file.read(at: Self.headByteCount + number * LineRecord.byteCount, count: LineRecord.byteCount)[...])
  }

  /// Some records that follow each other, as they stand in the file; fewer only at its end.
  func bytes(ofRecords numbers: Range<Int>) throws(SystemError) -> [UInt8] {
    try file.read(
      at: Self.headByteCount + numbers.lowerBound * LineRecord.byteCount,
      count: numbers.count * LineRecord.byteCount)
  }

  /// Hands on each whole record from the first on, with its number; nil for one whose check does not hold. Ends early
  /// where `body` returns false.
  ///
  /// - Parameter isChecked: false takes the checks for granted.
  func forEachRecord<Failure: Error>(
    isChecked: Bool = true, reading failure: (SystemError) -> Failure,
    _ body: (Int, LineRecord?) throws(Failure) -> Bool
  ) throws(Failure) {
    let batch = 1024
    for first in stride(from: 0, to: recordCount, by: batch) {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try self.bytes(ofRecords: first..<min(first + batch, recordCount))
      } catch {
        throw failure(error)
      }
      for start in stride(from: 0, to: bytes.count, by: LineRecord.byteCount) {
        let record = LineRecord(
          bytes[start..<min(start + LineRecord.byteCount, bytes.count)], isChecked: isChecked)
        guard try body(first + start / LineRecord.byteCount, record) else { return }
      }
    }
  }
}

extension ByteFields {
  /// The first number of four bytes.
  fileprivate var firstWord: UInt32 {
    var fields = self
    return fields.word()
  }
}
