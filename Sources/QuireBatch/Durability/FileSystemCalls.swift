#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

package import QuirePlatform

/// The system calls that a job's files are changed by, so that tests can let any one of them fail.
///
/// Calls that a signal ended are made again.
package protocol FileSystemCalls: Sendable {
  /// Opens a file, close-on-exec; one that is made may be read and written by all that the umask allows.
  func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32
  /// Writes at least one of the bytes, of which there are some, and says how many.
  func writeBytes(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int
  /// Cuts a file to a length, in bytes.
  func truncateFile(_ descriptor: Int32, to byteCount: Int) throws(SystemError)
  /// Hands a file to the disk; does nothing where it is on none.
  func synchronize(_ descriptor: Int32) throws(SystemError)
  /// Gives a file another name, in the place of whatever has it.
  func renameFile(_ path: String, to newPath: String) throws(SystemError)
  /// Removes a file; one that is not there is no error.
  func removeFile(_ path: String) throws(SystemError)
  /// Hands to the disk which files a directory has.
  func synchronizeDirectory(_ path: String) throws(SystemError)
}

/// The system's own calls.
package struct SystemCalls: FileSystemCalls {
  /// The calls, of which there is nothing to choose.
  package init() {}

  package func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32 {
    try result { open(path, flags | O_CLOEXEC, 0o666) }
  }

  package func writeBytes(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) throws(SystemError) -> Int {
    try result { write(descriptor, bytes.baseAddress, bytes.count) }
  }

  package func truncateFile(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    _ = try result { ftruncate(descriptor, off_t(byteCount)) }
  }

  package func synchronize(_ descriptor: Int32) throws(SystemError) {
    do throws(SystemError) {
      _ = try result { fsync(descriptor) }
    } catch {
      // Not every file system can be told to.
      guard error.number == EINVAL || error.number == EROFS else { throw error }
    }
  }

  package func renameFile(_ path: String, to newPath: String) throws(SystemError) {
    _ = try result { rename(path, newPath) }
  }

  package func removeFile(_ path: String) throws(SystemError) {
    do throws(SystemError) {
      _ = try result { unlink(path) }
    } catch {
      guard error.number == ENOENT else { throw error }
    }
  }

  package func synchronizeDirectory(_ path: String) throws(SystemError) {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try openFile(path, flags: O_RDONLY | O_DIRECTORY)
    } catch {
      // One may make files in a directory that one may not read.
      guard error.number == EACCES else { throw error }
      return
    }
    defer { close(descriptor) }
    try synchronize(descriptor)
  }

  private func result<Number: SignedInteger>(_ call: () -> Number) throws(SystemError) -> Number {
    while true {
      let number = call()
      if number >= 0 { return number }
      guard errno == EINTR else { throw SystemError(errno) }
    }
  }
}

extension FileSystemCalls {
  /// Writes all of `bytes`; some may have been written where that fails.
  package func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    let failure: SystemError? = bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        do throws(SystemError) {
          // A file that takes less than all is full or limited, and the next call tells which.
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(try writeBytes(rest, to: descriptor)))
        } catch {
          return error
        }
      }
      return nil
    }
    if let failure { throw failure }
  }

  /// Puts a whole file in the place of `path`, or leaves what is there: a reader never sees a part of it, and after a loss
  /// of power one of the two is there.
  ///
  /// The new file is made as `path` with `.partial` behind it; one that a run left there is replaced.
  ///
  /// - Parameter permissions: who may read and write it; nil for what the umask says.
  package func replaceFile(
    _ path: String, with bytes: [UInt8], permissions: UInt32? = nil
  ) throws(SystemError) {
    let partial = path + ".partial"
    let descriptor = try openFile(partial, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    do throws(SystemError) {
      defer { close(descriptor) }
      if let permissions, fchmod(descriptor, mode_t(permissions)) != 0 { throw SystemError(errno) }
      try writeAll(bytes, to: descriptor)
      try synchronize(descriptor)
    } catch {
      try? removeFile(partial)
      throw error
    }
    try commit(partial, as: path)
  }

  /// Gives a file that is on the disk its final name, and waits until that is on the disk, too.
  package func commit(_ path: String, as finalPath: String) throws(SystemError) {
    try renameFile(path, to: finalPath)
    try synchronizeDirectory(Self.directory(of: finalPath))
  }

  /// The directory that a path's last component is in.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
