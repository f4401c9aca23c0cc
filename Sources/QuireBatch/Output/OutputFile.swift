#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform
package import QuireRequests

/// The job's output, or its timeline: lines appear whole or not at all.
///
/// Opened and locked before the model loads, emptied only when the job begins, so that a
/// run that cannot start harms nothing. Each line is one `write(2)` on an append descriptor; after a short write
/// or an error a regular file is cut back to its last whole line.
package final class OutputFile: LineSink {
  /// The path as the user wrote it; `-` is standard output.
  package let path: String
  /// Which file it is.
  package let identity: FileIdentity
  /// What names the file, for messages.
  private let option: OptionName
  private let descriptor: Int32
  private var isRegular: Bool { identity.isRegular }
  /// Whether this run made the file, so that it may take it away again.
  private let isNew: Bool
  private var hasBegun = false
  /// End of the last whole line, from the start of the file, in bytes.
  private var goodOffset: off_t = 0
  /// Whole lines written by this run.
  package private(set) var lineCount = 0

  /// Opens `path` for writing, or standard output for `-`.
  ///
  /// Throws ``JobError`` of kind `outputUnusable` where it cannot be created, exists without `overwrite`, is one of
  /// `readFiles` under whatever name (the input, the model, another output of the run), or another run holds it; `option` is what
  /// names the file on the command line.
  package init(
    path: String, overwrite: Bool, readFiles: [FileIdentity], option: OptionName = .output
  ) throws(JobError) {
    self.path = path
    self.option = option
    let (descriptor, isNew) =
      path == "-"
      ? (1, false) : try Self.open(path, overwrite: overwrite, readFiles: readFiles, option: option)
    do throws(JobError) {
      identity = try Self.check(descriptor, path, readFiles: readFiles, option: option)
    } catch {
      if path != "-" { close(descriptor) }
      throw error
    }
    self.descriptor = descriptor
    self.isNew = isNew
    if isRegular, path == "-" {
      let appends = fcntl(1, F_GETFL) & O_APPEND != 0
      goodOffset = lseek(1, 0, appends ? SEEK_END : SEEK_CUR)
    }
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  private static func open(
    _ path: String, overwrite: Bool, readFiles: [FileIdentity], option: OptionName
  ) throws(JobError) -> (Int32, isNew: Bool) {
    let existing = FileIdentity(path: path)
    if let existing, existing.isExclusive {
      // Found before it is opened, since opening a pipe waits for its reader.
      guard !readFiles.contains(existing) else { throw outputIsTaken(path, option) }
      guard overwrite || !existing.isRegular else {
        throw .outputUnusable(
          "the output \(path) exists; add \(option: .overwrite) to replace it, or name another file")
      }
    }
    // Devices and pipes hold nothing that could be lost, so they are replaced without asking.
    let create = existing == nil ? O_CREAT | O_EXCL : 0
    let descriptor = openDescriptor(path, O_WRONLY | O_APPEND | O_CLOEXEC | create, 0o666)
    guard descriptor >= 0 else {
      throw .outputUnusable(
        "cannot create the output \(path): \(SystemError(errno)); check the path given to \(option: option)")
    }
    return (descriptor, existing == nil)
  }

  /// Which file the descriptor leads to; throws where it may not be written to.
  private static func check(
    _ descriptor: Int32, _ path: String, readFiles: [FileIdentity], option: OptionName
  ) throws(JobError) -> FileIdentity {
    var status = stat()
    guard fstat(descriptor, &status) == 0, fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else {
      throw .outputUnusable("cannot write to the output \(path): \(SystemError(EBADF))")
    }
    let identity = FileIdentity(status)
    guard !identity.isExclusive || !readFiles.contains(identity) else { throw outputIsTaken(path, option) }
    if identity.isRegular, path != "-", flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      throw .outputUnusable(
        "the output \(path) is being written by another run; wait for it or name another file")
    }
    return identity
  }

  private static func outputIsTaken(_ path: String, _ option: OptionName) -> JobError {
    .outputUnusable(
      "the output \(path) is a file that this run reads or writes; name another file with \(option: option)")
  }

  /// Empties the file: from here on its former content is gone.
  package func begin() throws(IOError) {
    hasBegun = true
    guard isRegular, path != "-" else { return }
    guard ftruncate(descriptor, 0) == 0 else {
      throw IOError("cannot empty the output \(path)", SystemError(errno))
    }
  }

  /// Takes a file away again that this run made and never wrote to; for runs that cannot start.
  package func discard() {
    if isNew, !hasBegun { unlink(path) }
  }

  /// Writes one line, newline included. After an error the file ends with the last whole line.
  package func write(_ line: [UInt8]) throws(IOError) {
    do throws(SystemError) {
      try DescriptorOutput.write(line, to: descriptor)
    } catch {
      if isRegular { _ = ftruncate(descriptor, goodOffset) }
      // Other outputs are written in pieces, of which nobody knows the number.
      let place = option == .output ? ": line \(lineCount + 1) of this run" : ""
      throw IOError("cannot write to the output \(path)\(place)", error)
    }
    goodOffset += off_t(line.count)
    lineCount += 1
  }

  /// Hands a regular file to the disk. Throws where the system reports that it did not get there.
  package func finish() throws(IOError) {
    guard isRegular, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS else { return }
    throw IOError("cannot bring the output \(path) to the disk", SystemError(errno))
  }
}

/// `open` has a name that a method here has, too.
private func openDescriptor(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  open(path, flags, mode)
}
