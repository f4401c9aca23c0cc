#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform
import QuireRequests

/// A file that is replaced as a whole, now and then while the job runs, and when it has ended.
///
/// Belongs to one thread.
package final class MetricsFile {
  /// The path as the user wrote it.
  package let path: String
  /// The file that is replaced: `path` with its links followed.
  private let target: String
  /// Whether there was a file to replace.
  private let replaces: Bool
  /// The descriptor of a pipe or device, which is written as it stands: open from the start, so that a reader
  /// waits for the metrics. Nil for files.
  private let device: Int32?

  /// Throws ``JobError`` of kind `outputUnusable` where the file cannot be created, is one of `takenFiles` under whatever
  /// name, is open already (`/dev/stderr` that leads to a file), or another run writes its answers or its timeline to it.
  /// A file that exists keeps its content.
  package init(path: String, takenFiles: [FileIdentity]) throws(JobError) {
    self.path = path
    guard !path.isEmpty else {
      throw .outputUnusable("the metrics file has an empty name; name a file with \(option: .metricsFile)")
    }
    guard path != "-" else {
      throw .outputUnusable(
        "the metrics file is -, but metrics go to a file; name one with \(option: .metricsFile)")
    }
    var status = stat()
    replaces = stat(path, &status) == 0
    if replaces {
      try Self.check(status, path, takenFiles: takenFiles)
    } else {
      guard lstat(path, &status) != 0 else {
        throw .outputUnusable(
          "the metrics file \(path) is a link that leads to no file; name a file with \(option: .metricsFile)"
        )
      }
    }
    target = replaces ? Self.resolved(path) : path
    do throws(IOError) {
      if replaces, status.st_mode & S_IFMT != S_IFREG {
        device = try Self.open(path, O_TRUNC)
      } else {
        device = nil
        // Replacing a file takes the right to make one beside it.
        let partial = try Self.createPartial(of: target)
        close(partial.descriptor)
        unlink(partial.path)
      }
    } catch {
      throw .outputUnusable(
        "cannot create the metrics file \(path): \(error); check the path given to \(option: .metricsFile)")
    }
  }

  deinit {
    if let device { close(device) }
  }

  private static func check(
    _ status: stat, _ path: String, takenFiles: [FileIdentity]
  ) throws(JobError) {
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw .outputUnusable(
        "the metrics file \(path) is a directory; name a file with \(option: .metricsFile)")
    }
    let identity = FileIdentity(status)
    guard !identity.isExclusive || !takenFiles.contains(identity) else {
      throw .outputUnusable(
        "the metrics file \(path) is a file that this run reads or writes; name another with \(option: .metricsFile)"
      )
    }
    if identity.isRegular, let descriptor = identity.openDescriptor {
      throw .outputUnusable(
        "the metrics file \(path) is open as descriptor \(descriptor) of this run, so that it cannot be replaced; name another with \(option: .metricsFile)"
      )
    }
    guard !identity.isRegular || !isHeld(path) else {
      throw .outputUnusable(
        "the metrics file \(path) is being written by another run; wait for it or name another with \(option: .metricsFile)"
      )
    }
  }

  /// Whether another run has locked the regular file at `path` (see `OutputFile`): replaced, it would take the answers
  /// with it that the run has still to write.
  private static func isHeld(_ path: String) -> Bool {
    let flags = O_CLOEXEC | O_NONBLOCK
    var descriptor = systemOpen(path, O_RDONLY | flags, 0)
    // A file that may be written and not be read.
    if descriptor < 0 { descriptor = systemOpen(path, O_WRONLY | flags, 0) }
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Puts `bytes` in the place of the file while the job runs, as far as that can be done at once and as a whole: a pipe or
  /// device gets its one text in the end. Where it cannot be done the file stays what it was.
  package func refresh(_ bytes: [UInt8]) {
    guard device == nil, !Self.isHeld(target), let partial = try? Self.createPartial(of: target) else {
      return
    }
    defer { unlink(partial.path) }
    // What a sudden loss of power leaves of it matters to nobody, so that the disk is not waited for.
    guard (try? Self.fill(partial.descriptor, bytes, synchronizing: false)) != nil else { return }
    _ = rename(partial.path, target)
  }

  /// Puts `bytes` in the place of the file, all of them or none. Throws where that fails, or where another run has come to
  /// write to the file; the file is then what it was.
  ///
  /// A file that cannot be moved away (a mount point, another's in a sticky directory) is written where it stands, and may
  /// then be left half written.
  package func write(_ bytes: [UInt8]) throws(IOError) {
    do throws(IOError) {
      if let device { return try Self.writeAll(bytes, to: device) }
      guard !Self.isHeld(target) else { throw IOError("it is being written by another run") }
      let partial = try Self.createPartial(of: target)
      defer { unlink(partial.path) }
      try Self.fill(partial.descriptor, bytes)
      guard rename(partial.path, target) != 0 else { return }
      let number = errno
      guard replaces else { throw IOError(SystemError(number)) }
      try Self.fill(Self.open(target, O_TRUNC | O_NOFOLLOW), bytes)
    } catch {
      throw IOError("cannot write the metrics file \(path): \(error)")
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let text = realpath(path, nil) else { return path }
    defer { free(text) }
    return String(cString: text)
  }

  /// Makes a file beside `target`, under a name that nothing has.
  private static func createPartial(of target: String) throws(IOError) -> (path: String, descriptor: Int32) {
    var number = 0
    while true {
      let path = "\(target).\(getpid()).\(number).partial"
      let descriptor = systemOpen(path, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
      if descriptor >= 0 { return (path, descriptor) }
      let errorNumber = errno
      number += 1
      guard errorNumber == EEXIST, number < 100 else { throw IOError(SystemError(errorNumber)) }
    }
  }

  private static func open(_ path: String, _ flags: Int32) throws(IOError) -> Int32 {
    let descriptor = systemOpen(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw IOError(SystemError(errno)) }
    return descriptor
  }

  /// Writes all of a file, hands it to the disk and closes it.
  private static func fill(
    _ descriptor: Int32, _ bytes: [UInt8], synchronizing: Bool = true
  ) throws(IOError) {
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor)
    guard synchronizing else { return }
    // Not every file system can be told to.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
      throw IOError(SystemError(errno))
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(IOError) {
    do throws(SystemError) {
      try DescriptorOutput.write(bytes, to: descriptor)
    } catch {
      throw IOError(error)
    }
  }
}

extension IOError {
  fileprivate init(_ error: SystemError) { self.init(error.description) }
}

/// `open` has a name that a method here has, too.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}
