#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

package import QuirePlatform

/// A regular file that grows by whole records: what could not be written whole is cut off again.
///
/// Belongs to one thread.
package final class AppendFile {
  /// Where it was opened.
  package let path: String
  /// End of the last whole record, in bytes from the start.
  package private(set) var byteCount: Int
  /// Whether it has changed since it was last handed to the disk.
  package private(set) var isUnsynchronized = false
  /// Whether this run made the file, and its directory has not yet reached the disk with it.
  private var nameIsUnsynchronized: Bool
  private let calls: any FileSystemCalls
  private let descriptor: Int32

  /// Opens a file to read and append, and makes it where it is not there.
  ///
  /// Throws what the system says, `EBUSY` where another process holds the file, `EINVAL` where it is no regular file.
  package init(_ path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    self.path = path
    self.calls = calls
    nameIsUnsynchronized = FileIdentity(path: path) == nil
    (descriptor, byteCount) = try Self.open(
      path, flags: O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, LOCK_EX, calls)
  }

  /// Opens a file to read alone: what would change it fails, and whoever wants to write it has to wait.
  ///
  /// Throws what the system says, `EBUSY` where another process writes the file, `EINVAL` where it is no regular file.
  package init(reading path: String, _ calls: any FileSystemCalls) throws(SystemError) {
    self.path = path
    self.calls = calls
    nameIsUnsynchronized = false
    (descriptor, byteCount) = try Self.open(path, flags: O_RDONLY | O_NONBLOCK, LOCK_SH, calls)
  }

  private static func open(
    _ path: String, flags: Int32, _ lock: Int32, _ calls: any FileSystemCalls
  ) throws(SystemError) -> (descriptor: Int32, byteCount: Int) {
    let descriptor = try calls.openFile(path, flags: flags)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(EINVAL)
    }
    guard flock(descriptor, lock | LOCK_NB) == 0 else {
      close(descriptor)
      throw SystemError(EBUSY)
    }
    return (descriptor, Int(status.st_size))
  }

  deinit { close(descriptor) }

  /// Which file it is, so that no other file of the run becomes it.
  package var identity: FileIdentity? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? FileIdentity(status) : nil
  }

  /// Takes the permissions of another file over, as far as the system lets it.
  func takeMode(of path: String) throws(SystemError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError(errno) }
    _ = fchmod(descriptor, status.st_mode & 0o7777)
  }

  /// Appends one record, or any number of whole ones; after an error the file ends where it ended.
  package func append(_ bytes: [UInt8]) throws(SystemError) {
    isUnsynchronized = true
    do throws(SystemError) {
      try calls.writeAll(bytes, to: descriptor)
    } catch {
      try? calls.truncateFile(descriptor, to: byteCount)
      throw error
    }
    byteCount += bytes.count
  }

  /// Cuts the file; `byteCount` is at most its length.
  package func truncate(to byteCount: Int) throws(SystemError) {
    guard byteCount < self.byteCount else { return }
    isUnsynchronized = true
    try calls.truncateFile(descriptor, to: byteCount)
    self.byteCount = byteCount
  }

  /// Hands the file to the disk, where it has changed, and its name where it is new.
  package func synchronize() throws(SystemError) {
    guard isUnsynchronized || nameIsUnsynchronized else { return }
    try calls.synchronize(descriptor)
    isUnsynchronized = false
    guard nameIsUnsynchronized else { return }
    try calls.synchronizeDirectory(SystemCalls.directory(of: path))
    nameIsUnsynchronized = false
  }

  /// The bytes from `offset` on, at most `count` of them: fewer only at the end of the file.
  package func read(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    try FileReading.bytes(of: descriptor, at: offset, count: count)
  }
}

/// Reads files from any place.
package enum FileReading {
  /// The bytes from `offset` on, at most `count` of them: fewer only at the end of the file.
  @inline(never)
  package static func bytes(of descriptor: Int32, at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
        if got == 0 { return }
        if got < 0 {
          if errno == EINTR { continue }
          failure = SystemError(errno)
          return
        }
        filled += got
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// All bytes of a regular file, nil where it is not there.
  ///
  /// Throws `EFBIG` where it is longer than `byteLimit`, `EINVAL` where it is no regular file.
  package static func contents(
    of path: String, byteLimit: Int, _ calls: any FileSystemCalls
  ) throws(SystemError) -> [UInt8]? {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try calls.openFile(path, flags: O_RDONLY | O_NONBLOCK)
    } catch {
      guard error.number == ENOENT else { throw error }
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError(EINVAL)
    }
    guard status.st_size <= byteLimit else { throw SystemError(EFBIG) }
    return try bytes(of: descriptor, at: 0, count: Int(status.st_size))
  }
}
