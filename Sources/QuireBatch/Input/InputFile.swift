#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform

/// The job's input, open for reading: a file, a pipe, or standard input for `-`.
package final class InputFile {
  /// The path as the user wrote it.
  package let path: String
  /// Open for reading, as long as this value lives.
  package let descriptor: Int32
  /// Bytes, where it is a regular file; what the estimate of the time left rests on.
  package let byteCount: Int?
  /// Which file it is, so that the output is not written over it.
  package let identity: FileIdentity

  /// Throws ``JobError`` of kind `inputMissing` where the file is not there, is a directory or may not be read.
  package init(path: String, isInterrupted: () -> Bool = { false }) throws(JobError) {
    self.path = path
    let descriptor: Int32
    do throws(SystemError) {
      // A named pipe is not waited for: whoever reads lines waits for its writer, and hears signals meanwhile.
      descriptor =
        path == "-"
        ? 0 : try PatientOutput.open(path, flags: O_RDONLY, SystemCalls(), givesUp: isInterrupted)
    } catch {
      throw .inputMissing(
        "cannot open the input \(path): \(error); check the path given to \(option: .input)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, fcntl(descriptor, F_GETFL) & O_ACCMODE != O_WRONLY else {
      let text = SystemError(EBADF).description
      if path != "-" { close(descriptor) }
      throw .inputMissing("cannot read the input \(path): \(text)")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      if path != "-" { close(descriptor) }
      throw .inputMissing("the input \(path) is a directory; name a file of lines")
    }
    self.descriptor = descriptor
    byteCount = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    identity = FileIdentity(status)
  }

  deinit {
    if path != "-" { close(descriptor) }
  }
}

/// Which file a descriptor or path leads to, whatever name or link led there.
package struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  /// Whether it is a file that holds bytes: no directory, pipe or device.
  package let isRegular: Bool
  /// Whether only one use of a run may lead there: a file or a named pipe, no device (`/dev/null`, a terminal).
  package let isExclusive: Bool

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isExclusive = isRegular || status.st_mode & S_IFMT == S_IFIFO
  }

  /// Nil where nothing is there (links are followed).
  package init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// A descriptor of this process, below 1024, that leads to the same file; nil for none.
  var openDescriptor: Int32? {
    (0..<1024).first { descriptor in
      var status = stat()
      return fstat(descriptor, &status) == 0 && FileIdentity(status) == self
    }
  }
}
