#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The bytes of a regular file, mapped for reading and unmapped when the last owner goes.
///
/// Reading a mapped page beyond the end of a file that has shrunk ends the process (SIGBUS): call ``checkNotShrunk()``
/// before each large read. Between that check and the read the file must be left alone.
package final class MappedFile: Sendable {
  /// The path as it was given.
  package let path: String
  /// The file's size in bytes when it was mapped, at least 1.
  package let byteCount: Int

  private let descriptor: Int32
  private nonisolated(unsafe) let base: UnsafeRawPointer

  /// Maps a whole file.
  ///
  /// - Throws: ``MappedFileError`` where the file cannot be opened or mapped, is empty, or is no regular file (a pipe is refused
  ///   without waiting for its writer).
  package init(path: String) throws(MappedFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw MappedFileError(path: path, kind: .cannotOpen(errno: errno))
    }
    do throws(MappedFileError) {
      let byteCount = try Self.regularFileByteCount(descriptor, path: path)
      guard byteCount > 0 else { throw MappedFileError(path: path, kind: .empty) }
      guard let mapped = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
        mapped != UnsafeMutableRawPointer(bitPattern: -1)
      else { throw MappedFileError(path: path, kind: .cannotMap(errno: errno)) }
      self.path = path
      self.byteCount = byteCount
      self.descriptor = descriptor
      self.base = UnsafeRawPointer(mapped)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    close(descriptor)
  }

  /// Lends the bytes of a range.
  ///
  /// - Precondition: the range lies within `0..<byteCount`.
  package func withBytes<R, E: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "the range must lie inside the mapped file")
    return try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
  }

  /// Checks that the file still holds all the bytes that were mapped.
  ///
  /// - Throws: ``MappedFileError`` with both sizes where it has become shorter.
  package func checkNotShrunk() throws(MappedFileError) {
    let now = try Self.regularFileByteCount(descriptor, path: path)
    guard now >= byteCount else {
      throw MappedFileError(path: path, kind: .shrunk(from: byteCount, to: now))
    }
  }

  /// Gives back the memory of a range's pages, and of pages around it; they are read from the file again when touched.
  ///
  /// Reading a page maps neighbours that the system has in memory (Linux: up to 64 KiB, never beyond a table of pages), so
  /// that tensors given back to the byte would leave some pages each.
  ///
  /// - Precondition: the range lies within `0..<byteCount`.
  package func releasePages(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "the range must lie inside the mapped file")
    guard !range.isEmpty else { return }
    let (start, table) = (UInt(bitPattern: base), Self.pageTableByteCount)
    let first = max(start, (start + UInt(range.lowerBound)) / table * table)
    let end = min(start + UInt(byteCount), (start + UInt(range.upperBound) + table - 1) / table * table)
    madvise(UnsafeMutableRawPointer(bitPattern: first), Int(end - first), MADV_DONTNEED)
  }

  /// What a table of pages of 4 KiB maps.
  private static let pageTableByteCount: UInt = 2 << 20

  private static func regularFileByteCount(_ descriptor: Int32, path: String) throws(MappedFileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw MappedFileError(path: path, kind: .cannotOpen(errno: errno))
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw MappedFileError(path: path, kind: .notRegular(found: "a directory"))
    case S_IFIFO: throw MappedFileError(path: path, kind: .notRegular(found: "a pipe"))
    default: throw MappedFileError(path: path, kind: .notRegular(found: "a device or a socket"))
    }
  }
}
