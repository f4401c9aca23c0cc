#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A file that is replaced as a whole when the job has ended: `--metrics-file`.
package struct MetricsFile {
  /// As the user wrote it.
  package let path: String
  /// The file that is replaced: `path` with its links followed.
  private let target: String
  /// Whether `target` is no regular file, and so is written as it stands.
  private let isDevice: Bool

  private var partialPath: String { "\(target).\(getpid()).partial" }

  /// Throws ``JobError/outputUnusable(_:)`` where the file cannot be created, or is one of `takenFiles` under whatever
  /// name. A file that exists keeps its content.
  package init(path: String, takenFiles: [FileIdentity]) throws(JobError) {
    self.path = path
    guard path != "-" else {
      throw .outputUnusable("the metrics file is -, but metrics go to a file; name one with --metrics-file")
    }
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw .outputUnusable("the metrics file \(path) is a directory; name a file with --metrics-file")
      }
      guard !takenFiles.contains(FileIdentity(status)) else {
        throw .outputUnusable(
          "the metrics file \(path) is a file that this run reads or writes; name another with --metrics-file"
        )
      }
    }
    isDevice = exists && status.st_mode & S_IFMT != S_IFREG
    target = exists ? Self.resolved(path) : path
    do throws(IOError) {
      // Replacing a file takes the right to make one beside it.
      let descriptor = try Self.create(isDevice ? target : partialPath)
      close(descriptor)
      if !isDevice { unlink(partialPath) }
    } catch {
      throw .outputUnusable(
        "cannot create the metrics file \(path): \(error); check the path given to --metrics-file")
    }
  }

  /// Puts `bytes` in the place of the file, all of them or none. Throws where that fails; the file is then what it was.
  package func write(_ bytes: [UInt8]) throws(IOError) {
    let name = isDevice ? target : partialPath
    do throws(IOError) {
      let descriptor = try Self.create(name)
      defer { close(descriptor) }
      try Self.write(bytes, to: descriptor)
      guard isDevice || fsync(descriptor) == 0 else { throw IOError(errorNumber: errno) }
    } catch {
      if !isDevice { unlink(name) }
      throw IOError("cannot write the metrics file \(path): \(error)")
    }
    guard isDevice || rename(name, target) == 0 else {
      let number = errno
      unlink(name)
      throw IOError("cannot replace the metrics file \(path)", errorNumber: number)
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let text = realpath(path, nil) else { return path }
    defer { free(text) }
    return String(cString: text)
  }

  private static func create(_ path: String) throws(IOError) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw IOError(errorNumber: errno) }
    return descriptor
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(IOError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        systemWrite(descriptor, bytes.baseAddress! + written, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw IOError(errorNumber: errno)
      }
    }
  }
}

extension IOError {
  fileprivate init(errorNumber: Int32) { self.init(errorText(errorNumber)) }
}

/// `write` has a name that a method here has, too.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
