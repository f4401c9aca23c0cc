#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform
import QuireRequests
import QuireJSON

/// The output of a complete job, opened to be read: its manifest, its ledger, its lines.
///
/// Belongs to one thread. Nobody can go on with the job while this is held.
package final class AnsweredFile {
  /// The path as the user wrote it.
  package let path: String
  /// What the output is.
  package let manifest: JobManifest
  /// What the manifest says of the complete job.
  let completion: JobManifest.Completion
  let ledger: LineLedger
  let output: OutputReader
  private let paths: JobFilePaths
  private let identity: FileIdentity?

  /// Opens the three files and finds out whether they belong together; the lines are not read yet.
  ///
  /// A compressed output is unpacked beside its ledger, into a file without a name that goes with the process.
  ///
  /// Throws ``JobError``: `inputMissing` where there is no such file, `inputUnusable` where it is no job's, not complete, or
  /// where the files beside it are missing or damaged.
  package init(_ path: String, _ calls: any FileSystemCalls = SystemCalls()) throws(JobError) {
    self.path = path
    let compression = Compression(path: path)
    let plainPath = compression.map { String(path.dropLast($0.pathExtension.count)) } ?? path
    paths = JobFilePaths(output: JobOutput.resolved(plainPath))
    identity = FileIdentity(path: path)
    guard identity != nil else {
      throw .inputMissing("cannot read the answers \(path): \(SystemError(ENOENT))")
    }
    if let compression {
      output = try Self.unpacked(path, compression, paths, calls)
    } else {
      do throws(SystemError) {
        output = try OutputReader(paths.output, calls)
      } catch {
        throw .inputMissing("cannot read the answers \(path): \(error)")
      }
    }
    guard let manifest = try JobManifest.read(paths.manifest, calls) else {
      throw .inputUnusable(
        "there is no \(paths.manifest), so that nobody knows what \(path) answers; bring it to where the answers are"
      )
    }
    guard !manifest.identity.separatesErrors else {
      throw .inputUnusable(
        "\(path) has its error lines in a file of their own, and only outputs of one file are read here; run the job "
          + "without \(option: .errorFile)")
    }
    self.manifest = manifest
    guard let completion = manifest.completion else {
      throw .inputUnusable("\(path) is not complete; run its command again until it ends with 0")
    }
    self.completion = completion
    do throws(SystemError) {
      ledger = try LineLedger(reading: paths.ledger, calls)
    } catch {
      throw .inputUnusable(
        error.number == EBUSY
          ? "\(path) is being written by another run; wait for it"
          : "cannot read \(paths.ledger), which tells what \(path) answers: \(error)")
    }
    guard try reading({ () throws(SystemError) in try ledger.jobDigest() }) == manifest.identity.digest else {
      throw .inputUnusable(
        "\(paths.ledger) is damaged, or is not of the job of \(paths.manifest); bring it back")
    }
  }

  private static func unpacked(
    _ path: String, _ compression: Compression, _ paths: JobFilePaths, _ calls: any FileSystemCalls
  ) throws(JobError) -> OutputReader {
    guard let bytes = try CompressedOutput.plainBytes(of: path, compression) else {
      throw .inputUnusable("\(path) is not compressed as its name says; give it its right name")
    }
    let place = "\(paths.output).unpacked.\(getpid())"
    func call<Value>(_ body: () throws(SystemError) -> Value) throws(JobError) -> Value {
      do throws(SystemError) { return try body() } catch {
        throw .inputUnusable(
          "cannot unpack \(path) in its directory: \(error); unpack it where files can be made, with the files beside it"
        )
      }
    }
    let descriptor = try call { () throws(SystemError) in
      try calls.openFile(place, flags: O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW)
    }
    do throws(JobError) {
      try call { () throws(SystemError) in try calls.removeFile(place) }
      while case .bytes(let piece) = try Self.next(bytes) {
        try call { () throws(SystemError) in try calls.writeAll(piece, to: descriptor) }
      }
      if let failure = bytes.failure { throw failure }
    } catch {
      close(descriptor)
      throw error
    }
    return try call { () throws(SystemError) in try OutputReader(taking: descriptor) }
  }

  private static func next(_ bytes: any ByteSource) throws(JobError) -> ByteEvent {
    do throws(IOError) { return try bytes.next(waitMilliseconds: -1) } catch {
      throw error.failure ?? JobError(error, "")
    }
  }

  /// Which files they are, so that none of them becomes an output.
  package var identities: [FileIdentity] {
    paths.all.compactMap(FileIdentity.init(path:)) + [identity].compactMap { $0 }
  }

  /// The part of the input that is answered; nil for all of it.
  package var shard: LineShard? { LineShard(manifest.identity) }

  /// What the output is a part of.
  var wholeIdentity: JobIdentity {
    var identity = manifest.identity
    identity.options.removeAll {
      $0.name == OptionName.shardCount.rawValue || $0.name == OptionName.shardNumber.rawValue
    }
    return identity
  }

  /// What `body` reads of the files.
  func reading<Value>(_ body: () throws(SystemError) -> Value) throws(JobError) -> Value {
    do throws(SystemError) { return try body() } catch {
      throw .inputUnusable("cannot read \(path): \(error)")
    }
  }

  /// Reads all records.
  ///
  /// Throws where one is damaged or does not begin where the one before ends, where there are more or fewer than the manifest
  /// counts, or where the lines end before or behind the last one's.
  func checkRecords() throws(JobError) {
    var byteCount = 0
    try forEachRecord(isChecked: true) { number, record throws(JobError) in
      guard record.offset == byteCount else { throw damaged(number) }
      byteCount += record.byteCount
    }
    let expected = completion.answeredLineCount + completion.errorLineCount
    guard ledger.recordCount == expected else {
      throw .inputUnusable(
        "\(paths.ledger) has \(ledger.recordCount) records, and \(paths.manifest) counts \(expected) lines; bring back what "
          + "they were")
    }
    guard byteCount == output.byteCount else {
      throw .inputUnusable(
        "\(path) has \(output.byteCount) bytes, and its ledger tells of \(byteCount): it is torn or was added to; run its "
          + "command again")
    }
  }

  /// Hands on each record with its number from 0. Throws where one is damaged.
  func forEachRecord(
    isChecked: Bool = false, _ body: (Int, LineRecord) throws(JobError) -> Void
  ) throws(JobError) {
    let path = path
    try ledger.forEachRecord(
      isChecked: isChecked, reading: { JobError.inputUnusable("cannot read \(path): \($0)") }
    ) { number, record throws(JobError) in
      guard let record else { throw damaged(number) }
      try body(number, record)
      return true
    }
  }

  private func damaged(_ number: Int) -> JobError {
    .inputUnusable("\(paths.ledger) is damaged at record \(number + 1); bring it back")
  }

  /// The bytes of a line. Throws where they are not what was written.
  func line(_ number: Int, _ record: LineRecord) throws(JobError) -> [UInt8] {
    let bytes = try reading { () throws(SystemError) in try output.line(of: record) }
    guard bytes.last == 0x0A, LineRecord.digest(of: bytes) == record.digest else {
      throw .inputUnusable(
        "line \(number + 1) of \(path), which answers line \(record.index + 1) of the input, is not what was written; bring "
          + "it back, or answer the shard again")
    }
    return bytes
  }
}

extension LineShard {
  /// The part of an input that a job answers; nil for all of it.
  init?(_ identity: JobIdentity) {
    func number(_ name: OptionName) -> Int? {
      guard case .integer(let number)? = identity.options.first(where: { $0.name == name.rawValue })?.value
      else { return nil }
      return number
    }
    guard let count = number(.shardCount), let number = number(.shardNumber),
      1...Self.countLimit ~= count, 0..<count ~= number
    else { return nil }
    self.init(number, of: count)
  }
}
