#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform
package import QuireRequests
import Synchronization

/// What becomes of a regular file that has the name of an output.
package enum ExistingFile: Sendable {
  /// The run is refused.
  case refused
  /// It is emptied when the run begins.
  case replaced
  /// It is added to.
  case kept
}

/// The job's output, or its timeline: lines appear whole or not at all.
///
/// Opened and locked before the model loads, emptied only when the job begins, so that a
/// run that cannot start harms nothing. Lines that come together are one `write(2)` on an append descriptor; after a
/// short write or an error a regular file is cut back to its last whole line.
package final class OutputFile: LineSink {
  /// The path as the user wrote it; `-` is standard output.
  package let path: String
  /// Which file it is.
  package let identity: FileIdentity
  /// What names the file, for messages.
  private let option: OptionName
  private let existing: ExistingFile
  private let calls: any FileSystemCalls
  private let descriptor: Int32
  private var isRegular: Bool { identity.isRegular }
  /// Whether this run made the file, so that it may take it away again.
  private let isNew: Bool
  private var hasBegun = false
  /// End of the last whole line, from the start of the file, in bytes.
  package private(set) var byteCount = 0
  private var isUnsynchronized = false
  /// Whether this run made the file, and its directory has not yet reached the disk with it.
  private var nameIsUnsynchronized: Bool
  /// Asked while a write waits for a reader: whether it should wait no longer.
  private let givesUp = Mutex<@Sendable () -> Bool>({ false })
  /// Whole lines written by this run.
  package private(set) var lineCount = 0

  /// Opens `path` for writing, or standard output for `-`.
  ///
  /// - Parameters:
  ///   - readFiles: the input, the model, other outputs of the run.
  ///   - option: what names the file on the command line.
  ///   - isInterrupted: asked while a named pipe has no reader; true gives up.
  /// - Throws: ``JobError`` of kind `outputUnusable` where it cannot be created, exists and is to be refused, is one of
  ///   `readFiles` under whatever name, or another run holds it; of kind `interrupted`.
  package init(
    path: String, existing: ExistingFile, readFiles: [FileIdentity], option: OptionName = .output,
    calls: any FileSystemCalls = SystemCalls(), isInterrupted: () -> Bool = { false }
  ) throws(JobError) {
    self.path = path
    self.existing = existing
    self.option = option
    self.calls = calls
    let (descriptor, isNew) =
      path == "-"
      ? (1, false)
      : try Self.open(path, existing, readFiles: readFiles, option: option, calls, isInterrupted)
    do throws(JobError) {
      identity = try Self.check(descriptor, path, readFiles: readFiles, option: option)
    } catch {
      if path != "-" { close(descriptor) }
      throw error
    }
    self.descriptor = descriptor
    self.isNew = isNew
    nameIsUnsynchronized = isNew
    if isRegular {
      // All but a standard output that another program set up are opened to append.
      let appends = fcntl(descriptor, F_GETFL) & O_APPEND != 0
      byteCount = Int(lseek(descriptor, 0, appends ? SEEK_END : SEEK_CUR))
    }
  }

  /// The same for a file that is replaced or refused.
  package convenience init(
    path: String, overwrite: Bool, readFiles: [FileIdentity], option: OptionName = .output
  ) throws(JobError) {
    try self.init(
      path: path, existing: overwrite ? .replaced : .refused, readFiles: readFiles, option: option)
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  private static func open(
    _ path: String, _ existing: ExistingFile, readFiles: [FileIdentity], option: OptionName,
    _ calls: any FileSystemCalls, _ isInterrupted: () -> Bool
  ) throws(JobError) -> (Int32, isNew: Bool) {
    let found = FileIdentity(path: path)
    if let found, found.isExclusive {
      // Found before it is opened, since opening a pipe waits for its reader.
      guard !readFiles.contains(found) else { throw outputIsTaken(path, option) }
      guard existing != .refused || !found.isRegular else {
        throw .outputUnusable(
          "the output \(path) exists; add \(option: .overwrite) to replace it, or name another file")
      }
    }
    // Devices and pipes hold nothing that could be lost, so they are replaced without asking.
    let create = found == nil ? O_CREAT | O_EXCL : 0
    do throws(SystemError) {
      let descriptor = try PatientOutput.open(
        path, flags: O_WRONLY | O_APPEND | create, calls, givesUp: isInterrupted)
      return (descriptor, found == nil)
    } catch {
      if error.number == EINTR {
        throw .interrupted("interrupted while nobody was reading from the output \(path)")
      }
      throw .outputUnusable(
        "cannot create the output \(path): \(error); check the path given to \(option: option)")
    }
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

  /// Empties the file, unless it is to be kept: from here on its former content is gone.
  package func begin() throws(IOError) {
    hasBegun = true
    guard isRegular, path != "-", existing != .kept else { return }
    try truncate(to: 0)
  }

  /// Cuts a regular file; `byteCount` is at most its length.
  func truncate(to byteCount: Int) throws(IOError) {
    guard byteCount < self.byteCount else { return }
    do throws(SystemError) {
      try calls.truncateFile(descriptor, to: byteCount)
    } catch {
      throw IOError("cannot cut the output \(path) to \(byteCount) bytes", error)
    }
    isUnsynchronized = true
    self.byteCount = byteCount
  }

  /// Takes a file away again that this run made and never wrote to; for runs that cannot start.
  package func discard() {
    if isNew, !hasBegun { unlink(path) }
  }

  /// Writes one line, newline included. After an error the file ends with the last whole line.
  package func write(_ line: [UInt8]) throws(IOError) { try write([line]) }

  /// Writes lines that came together, newlines included, with one system call. After an error the file ends with the last
  /// whole line, and ``lineCount`` tells which that is.
  package func write(_ lines: [[UInt8]]) throws(IOError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.reduce(0) { $0 + $1.count })
    for line in lines { bytes += line }
    do throws(SystemError) {
      if isRegular {
        isUnsynchronized = true
        try calls.writeAll(bytes, to: descriptor)
      } else {
        try PatientOutput.write(bytes, to: descriptor) { givesUp.withLock { $0 }() }
      }
    } catch {
      if isRegular { keepWhole(lines) }
      if error.number == ETIMEDOUT, !isRegular {
        throw IOError(
          "interrupted while nobody was reading from the output \(path)", kind: .interrupted)
      }
      // Other outputs are written in pieces, of which nobody knows the number.
      let place = option == .output ? ": line \(lineCount + 1) of this run" : ""
      throw IOError("cannot write to the output \(path)\(place)", error)
    }
    byteCount += bytes.count
    lineCount += lines.count
  }

  /// Counts those lines of a write that failed which are whole in the file, and cuts the rest off.
  private func keepWhole(_ lines: [[UInt8]]) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return }
    // Where the last write ended; or where the file ends, which may have been cut since.
    let end = min(Int(lseek(descriptor, 0, SEEK_CUR)), Int(status.st_size))
    for line in lines {
      guard byteCount + line.count <= end else { break }
      byteCount += line.count
      lineCount += 1
    }
    try? calls.truncateFile(descriptor, to: byteCount)
  }

  /// Lets writes wait for a reader until then, and no longer. May be called from any thread.
  package func stopWaiting(at deadline: ContinuousClock.Instant) { stopWaiting { deadline < .now } }

  /// Lets writes wait for a reader until `givesUp`, asked every 50 ms on the thread that writes.
  package func stopWaiting(when givesUp: @escaping @Sendable () -> Bool) {
    self.givesUp.withLock { $0 = givesUp }
  }

  /// Hands a regular file to the disk, where it has changed, and its name where it is new. Throws where the system reports that it did not get there.
  package func synchronize() throws(IOError) {
    guard isRegular, isUnsynchronized || nameIsUnsynchronized else { return }
    do throws(SystemError) {
      try calls.synchronize(descriptor)
      if nameIsUnsynchronized { try calls.synchronizeDirectory(SystemCalls.directory(of: path)) }
      nameIsUnsynchronized = false
    } catch {
      throw IOError("cannot bring the output \(path) to the disk", error)
    }
    isUnsynchronized = false
  }

  package func write(_ line: FinishedLine) throws(IOError) { try write(line.bytes) }

  package func finish(_ end: JobEnd) throws(IOError) -> LineCounts? {
    try synchronize()
    return nil
  }
}
