#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuirePlatform

/// An output whose name asks for compression: `answers.jsonl.gz`.
///
/// The job writes `answers.jsonl`, which can be resumed as any output; once it is complete that becomes the compressed
/// file, whole or not at all, and goes. A later run finds the answers of the compressed file in their place again.
package struct CompressedOutput: Sendable {
  /// The path as the user wrote it.
  package let path: String
  /// Where the job writes.
  package let plainPath: String
  private let compression: Compression
  private let calls: any FileSystemCalls

  /// Nil where the name asks for none.
  package init?(path: String, _ calls: any FileSystemCalls = SystemCalls()) {
    guard let compression = Compression(path: path) else { return nil }
    let plain = String(path.dropLast(compression.pathExtension.count))
    guard !plain.isEmpty, !plain.hasSuffix("/") else { return nil }
    self.path = path
    plainPath = plain
    self.compression = compression
    self.calls = calls
  }

  /// Makes sure that the file can be made, before anything is computed; where an earlier run left it and nothing else, its
  /// answers come back to where the job writes.
  ///
  /// - Parameters:
  ///   - overwrites: whether the job starts again.
  ///   - readFiles: what the run reads or writes otherwise.
  /// - Returns: whether answers came back; who cannot start removes them with ``forget()``.
  /// - Throws: ``JobError`` where the library is missing, the file is one of `readFiles` or cannot be read.
  package func prepare(overwrites: Bool, readFiles: [FileIdentity]) throws(JobError) -> Bool {
    _ = try compression.encoder()
    guard let identity = FileIdentity(path: path) else { return false }
    guard !readFiles.contains(identity) else {
      throw .outputUnusable(
        "the output \(path) is a file that this run reads or writes; name another file with \(option: .output)"
      )
    }
    guard identity.isRegular else {
      throw .outputUnusable(
        "the output \(path) is no file, and only files are compressed; pipe \(option: .output) - through "
          + (compression == .gzip ? "gzip" : "zstd"))
    }
    guard !overwrites, FileIdentity(path: plainPath) == nil else { return false }
    try bringBack()
    return true
  }

  /// The file, and what it is called while it is being made.
  var paths: [String] { [path, path + ".partial"] }

  /// Removes answers that came back.
  package func forget() { try? calls.removeFile(plainPath) }

  private func bringBack() throws(JobError) {
    guard let decoded = try Self.plainBytes(of: path, compression) else {
      throw .outputUnusable(
        "the output \(path) exists and is not what its name says; add \(option: .overwrite) to replace it")
    }
    do throws(IOError) {
      try write(to: plainPath) { put throws(IOError) in
        while case .bytes(let piece) = try decoded.next(waitMilliseconds: -1) { try put(piece) }
        if let failure = decoded.failure { throw IOError(failure) }
      }
    } catch {
      throw error.failure ?? .outputUnusable("\(error)")
    }
  }

  /// The bytes that a compressed file stands for; nil where it is not compressed as its name says.
  static func plainBytes(
    of path: String, _ compression: Compression
  ) throws(JobError) -> (any ByteSource)? {
    let bytes = PeekedBytes(DescriptorBytes(try InputFile(path: path)))
    do throws(IOError) {
      _ = try bytes.look(waitMilliseconds: -1, until: Compression.isTold)
    } catch {
      throw .outputUnusable("\(error)")
    }
    return compression.isOf(bytes.beginning) ? try compression.decoded(bytes, name: path) : nil
  }

  /// Puts the compressed file in its place, and removes the plain one. Throws where that fails; the plain file stays then.
  package func complete() throws(JobError) {
    let encoder = try compression.encoder()
    let file = try InputFile(path: plainPath)
    let bytes = DescriptorBytes(file)
    do throws(IOError) {
      try write(to: path) { put throws(IOError) in
        while case .bytes(let piece) = try bytes.next(waitMilliseconds: -1) {
          try encoder.encode(piece, isLast: false) { output throws(IOError) in try put(Array(output)) }
        }
        try encoder.encode([], isLast: true) { output throws(IOError) in try put(Array(output)) }
      }
      forget()
    } catch {
      throw .inputOutput("\(error); the answers are in \(plainPath)")
    }
  }

  /// Makes a whole file, or leaves what is there.
  private func write(
    to path: String, _ body: ((([UInt8]) throws(IOError) -> Void)) throws(IOError) -> Void
  ) throws(IOError) {
    let partial = path + ".partial"
    func wrapped(_ call: () throws(SystemError) -> Void) throws(IOError) {
      do throws(SystemError) { try call() } catch { throw IOError("cannot write \(path)", error) }
    }
    var descriptor: Int32 = -1
    try wrapped { () throws(SystemError) in
      descriptor = try calls.openFile(partial, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    }
    do throws(IOError) {
      defer { close(descriptor) }
      try body { bytes throws(IOError) in
        try wrapped { () throws(SystemError) in try calls.writeAll(bytes, to: descriptor) }
      }
      try wrapped { () throws(SystemError) in try calls.synchronize(descriptor) }
    } catch {
      try? calls.removeFile(partial)
      throw error
    }
    try wrapped { () throws(SystemError) in try calls.commit(partial, as: path) }
  }
}
