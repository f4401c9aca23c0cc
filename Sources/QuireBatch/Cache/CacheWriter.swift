import QuirePlatform

/// Appends records to a segment of a cache that no other process writes to.
///
/// Belongs to one thread at a time, which ``AnswerCache`` sees to by its lock.
final class CacheWriter: @unchecked Sendable {
  /// The segment's path.
  let path: String
  private let records: AppendFile
  private let index: AppendFile
  private var pendingRecords: [UInt8] = []
  private var pendingEntries: [CacheSegment.Entry] = []

  /// Opens a segment, or makes it. What is torn at the end of its index is cut off.
  ///
  /// Throws `EBUSY` where another process writes to it.
  init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    self.path = path
    records = try AppendFile(CacheSegment.recordPath(path), calls)
    index = try AppendFile(CacheSegment.indexPath(path), calls)
    try index.truncate(to: entryCount * CacheSegment.entryByteCount)
  }

  /// Entries of the index.
  var entryCount: Int { index.byteCount / CacheSegment.entryByteCount }

  /// Bytes of both files, those that wait included.
  var byteCount: Int {
    records.byteCount + index.byteCount + pendingRecords.count
      + pendingEntries.count * CacheSegment.entryByteCount
  }

  /// Bytes that wait to be written.
  var pendingByteCount: Int { pendingRecords.count }

  /// Takes a record in, to be written with ``flush()``.
  func append(_ key: CacheKey, _ payload: [UInt8]) {
    pendingEntries.append(
      CacheSegment.Entry(
        keyHead: key.head, offset: records.byteCount + pendingRecords.count, payloadByteCount: payload.count))
    pendingRecords += CacheSegment.record(key, payload)
  }

  /// Writes what waits, records before the index, and returns the halves of keys that are in the index now, with the number
  /// of the first. Nothing waits any more, whether that fails or not.
  func flush() throws(SystemError) -> (keys: [LineKey], firstEntry: Int) {
    defer {
      pendingRecords.removeAll(keepingCapacity: true)
      pendingEntries.removeAll(keepingCapacity: true)
    }
    let first = entryCount
    guard !pendingEntries.isEmpty else { return ([], first) }
    try records.append(pendingRecords)
    try index.append(Array(pendingEntries.map(\.bytes).joined()))
    return (pendingEntries.map(\.keyHead), first)
  }
}
