#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuireDigests
import QuirePlatform

/// Two files of a cache that only grow: records, and an index of them.
///
/// A record is its key (32 bytes), the first half of the SHA-256 of key and payload (16), and the payload. An entry of the
/// index takes 32 bytes, numbers with the least significant byte first: the first half of the key 16, offset of the record 6,
/// bytes of the payload 4, nothing 2, check 4. Records that no entry tells of are left aside.
final class CacheSegment: Sendable {
  /// What an entry of the index takes.
  static let entryByteCount = 32
  /// What a record takes beside its payload.
  static let headByteCount = 48
  /// Longer payloads are neither written nor read.
  static let payloadByteLimit = 64 << 20
  private static let pieceByteCount = 1 << 20

  /// What became of looking a record up.
  enum Finding: Equatable {
    /// The record's payload.
    case found([UInt8])
    /// The record is of another key, or gone with its file.
    case none
    /// The record is not what was written.
    case damaged
  }

  /// The names of the files, without what tells them apart.
  let path: String
  private let records: Int32
  private let index: Int32

  /// Opens the files of a segment to read them.
  init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    self.path = path
    records = try Self.open(Self.recordPath(path), calls)
    do throws(SystemError) {
      index = try Self.open(Self.indexPath(path), calls)
    } catch {
      close(records)
      throw error
    }
  }

  deinit {
    close(records)
    close(index)
  }

  /// The end of the name of a file of records.
  static let recordExtension = ".answers"

  static func recordPath(_ path: String) -> String { path + recordExtension }
  static func indexPath(_ path: String) -> String { path + ".index" }

  private static func open(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) -> Int32 {
    let descriptor = try calls.openFile(path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(EINVAL)
    }
    return descriptor
  }

  /// Hands on the first half of each entry's key, with the entry's number; nil for one whose check does not hold.
  func forEachKey(_ body: (Int, LineKey?) -> Void) throws(SystemError) {
    var (number, offset) = (0, 0)
    while true {
      let bytes = try FileReading.bytes(of: index, at: offset, count: Self.pieceByteCount)
      for start in stride(from: 0, to: bytes.count - Self.entryByteCount + 1, by: Self.entryByteCount) {
        body(number, Entry(bytes[start..<start + Self.entryByteCount])?.keyHead)
        number += 1
      }
      guard bytes.count == Self.pieceByteCount else { return }
      offset += bytes.count
    }
  }

  /// The payload of an entry's record.
  func payload(ofEntry number: Int, _ key: CacheKey) -> Finding {
    do throws(SystemError) {
      let bytes = try FileReading.bytes(
        of: index, at: number * Self.entryByteCount, count: Self.entryByteCount)
      guard let entry = Entry(bytes[...]) else { return .damaged }
      guard entry.keyHead == key.head else { return .none }
      guard entry.payloadByteCount <= Self.payloadByteLimit, Self.byteCount(of: records) >= entry.end else {
        return .damaged
      }
      let record = try FileReading.bytes(
        of: records, at: entry.offset, count: Self.headByteCount + entry.payloadByteCount)
      guard record.count == Self.headByteCount + entry.payloadByteCount else { return .damaged }
      let payload = Array(record[Self.headByteCount...])
      // Of two keys with the same first half, which are rarer than any damage, the earlier one is lost.
      let head = key.bytes + Self.check(key, payload)
      return record[..<Self.headByteCount].elementsEqual(head) ? .found(payload) : .damaged
    } catch {
      return .damaged
    }
  }

  private static func byteCount(of descriptor: Int32) -> Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The bytes of a record.
  static func record(_ key: CacheKey, _ payload: [UInt8]) -> [UInt8] {
    key.bytes + check(key, payload) + payload
  }

  private static func check(_ key: CacheKey, _ payload: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(key.bytes)
    hash.update(payload)
    var bytes: [UInt8] = []
    let digest = hash.digest()
    for place in 0..<4 { bytes.append(number: Int(digest[place]), byteCount: 4) }
    return bytes
  }

  /// What an index says of a record.
  struct Entry: Equatable {
    var keyHead: LineKey
    var offset: Int
    var payloadByteCount: Int

    var end: Int { offset + headByteCount + payloadByteCount }

    init(keyHead: LineKey, offset: Int, payloadByteCount: Int) {
      self.keyHead = keyHead
      self.offset = offset
      self.payloadByteCount = payloadByteCount
    }

    /// Reads an entry; nil where its check does not hold.
    init?(_ bytes: ArraySlice<UInt8>) {
      guard bytes.count == entryByteCount else { return nil }
      var fields = ByteFields(bytes)
      keyHead = LineKey(words: SIMD4((0..<4).map { _ in fields.word() }))
      offset = fields.number(byteCount: 6)
      payloadByteCount = fields.number(byteCount: 4)
      _ = fields.number(byteCount: 2)
      guard fields.word() == ByteFields.check(bytes.dropLast(4)) else { return nil }
    }

    /// The entry as it stands in a file.
    var bytes: [UInt8] {
      var bytes: [UInt8] = []
      for word in 0..<4 { bytes.append(number: Int(keyHead.words[word]), byteCount: 4) }
      bytes.append(number: offset, byteCount: 6)
      bytes.append(number: payloadByteCount, byteCount: 4)
      bytes.append(number: 0, byteCount: 2)
      bytes.append(number: Int(ByteFields.check(bytes[...])), byteCount: 4)
      return bytes
    }
  }
}
