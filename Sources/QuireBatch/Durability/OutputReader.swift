#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuireDigests
import QuirePlatform

/// Reads the lines of an output back, from any place, holding a piece of the file at a time.
///
/// Belongs to one thread.
final class OutputReader {
  private static let pieceByteCount = 1 << 20

  private let descriptor: Int32
  /// The file's length when it was opened, in bytes.
  let byteCount: Int
  private var piece: [UInt8] = []
  private var pieceOffset = 0

  /// Opens a regular file.
  convenience init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    try self.init(taking: try calls.openFile(path, flags: O_RDONLY | O_NONBLOCK))
  }

  /// Takes a regular file over that is open for reading; closes it where it is none.
  init(taking descriptor: Int32) throws(SystemError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(EINVAL)
    }
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a range, fewer only at the end of the file.
  func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    if let slice = try slice(at: offset, count: count), slice.count == count { return Array(slice) }
    return try FileReading.bytes(of: descriptor, at: offset, count: count)
  }

  /// The line of a record, read for itself: for lines in no order.
  func line(of record: LineRecord) throws(SystemError) -> [UInt8] {
    try FileReading.bytes(of: descriptor, at: record.offset, count: record.byteCount)
  }

  /// Where the line that begins at `offset` ends, its line end included: at the end of the file where it has none.
  func end(ofLineAt offset: Int) throws(SystemError) -> Int {
    var position = offset
    while let slice = try slice(at: position, count: Self.pieceByteCount), !slice.isEmpty {
      if let place = slice.firstIndex(of: 0x0A) { return position + place - slice.startIndex + 1 }
      position += slice.count
    }
    return position
  }

  /// Whether a line of that many bytes with that digest begins at `offset`, its line end with it.
  func holdsLine(at offset: Int, byteCount: Int, digest: SIMD8<UInt32>) throws(SystemError) -> Bool {
    guard offset + byteCount <= self.byteCount else { return false }
    var hash = SHA256()
    var position = offset
    let end = offset + byteCount - 1
    while position < end {
      guard let slice = try slice(at: position, count: end - position), !slice.isEmpty else { return false }
      hash.update(slice)
      position += slice.count
    }
    return try bytes(at: end, count: 1) == [0x0A] && hash.digest() == digest
  }

  /// Bytes from `offset` on: all `count` or as many as the piece holds; nil past the end.
  private func slice(at offset: Int, count: Int) throws(SystemError) -> ArraySlice<UInt8>? {
    let isHeld = offset >= pieceOffset && offset < pieceOffset + piece.count
    // A line that only begins in this piece is read again with its whole, unless it is longer than any piece.
    if !isHeld || offset + min(count, Self.pieceByteCount) > pieceOffset + piece.count {
      piece = try FileReading.bytes(of: descriptor, at: offset, count: Self.pieceByteCount)
      pieceOffset = offset
    }
    let start = offset - pieceOffset
    guard start < piece.count else { return nil }
    return piece[start..<min(piece.count, start + count)]
  }
}
