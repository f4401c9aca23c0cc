import QuirePlatform
import QuireRequests

/// A job's output that any death leaves in a state from which the same job goes on: a regular file, with a manifest and a
/// ledger beside it (`docs/durability.md`).
///
/// Belongs to one thread, but for ``resumption`` and ``stopWaiting(at:)``.
package final class DurableOutput: LineSink {
  /// How a job goes on, and how it ends.
  package struct Options: Sendable {
    /// Whether what stands there is replaced.
    package var overwrites = false
    /// Whether lines that were answered with an error are tried again.
    package var retriesErrors = false
    /// Whether a complete output has the order of the input.
    package var isOrdered = false
    /// When lines are handed to the disk.
    package var fsync = FsyncPolicy.interval

    /// Options of a job that goes on where it can.
    package init() {}
  }

  private static let syncInterval = Duration.seconds(1)

  /// The files of the job.
  package let paths: JobFilePaths
  /// What earlier runs left; nil where nothing of them is gone on with.
  package let resumption: Resumption?
  /// What was found and repaired, for people.
  package let remarks: [String]
  package let census: InputCensus? = InputCensus()
  let file: OutputFile
  private let ledger: LineLedger
  private let ledgerIsNew: Bool
  private let options: Options
  private let calls: any FileSystemCalls
  /// The manifest that was found; nil for none, or where the job starts again.
  private let found: JobManifest?
  private let goodByteCount: Int
  private var manifest: JobManifest?
  private var lastSync = ContinuousClock.now
  /// What was drawn for lines that are not written, once that is known to be of this job.
  private var journal: Journal?
  /// Lines that are written and perhaps not on the disk: until they are, the journal keeps what was drawn for them.
  private var written: [LineKey] = []
  /// The output that has taken the place of `file`, held until the run ends.
  private var rewritten: AppendFile?

  /// Goes on with what stands in `file`, or begins anew.
  ///
  /// - Parameters:
  ///   - file: opened with its content kept, and held by this run.
  ///   - paths: of the file that `file` leads to.
  /// - Throws: ``JobError`` of kind `outputUnusable` where the file is not a job's, or the files beside it cannot be made; of
  ///   kind `cannotResume` where they are damaged.
  init(
    _ file: OutputFile, _ paths: JobFilePaths, _ options: Options, _ calls: any FileSystemCalls
  ) throws(JobError) {
    self.file = file
    self.paths = paths
    self.options = options
    self.calls = calls
    guard FileIdentity(path: paths.output) == file.identity else {
      throw .outputUnusable(
        "the output \(file.path) is being written by another run; wait for it or name another file")
    }
    try JobError.reading(paths.nextLedger) { () throws(SystemError) in
      try Self.settleRewriting(paths, calls)
    }
    let startsAnew = options.overwrites || file.byteCount == 0
    // What an empty output was begun with binds nobody, and may be damaged.
    found =
      startsAnew
      ? (options.overwrites ? nil : try? JobManifest.read(paths.manifest, calls))
      : try JobManifest.read(paths.manifest, calls)
    ledgerIsNew = FileIdentity(path: paths.ledger) == nil
    if !startsAnew {
      guard found != nil else {
        throw .outputUnusable(
          "the output \(file.path) exists, and there is no \(paths.manifest) to go on with; add \(option: .overwrite) to "
            + "replace it, or name another file")
      }
      guard !ledgerIsNew else {
        throw .cannotResume(
          "\(paths.ledger) is missing, without which nobody knows what the output answers; bring it back, or add "
            + "\(option: .overwrite) to start again")
      }
    }
    ledger = try Self.openLedger(paths, calls)
    guard !startsAnew, let found else {
      (resumption, goodByteCount, remarks) = (nil, 0, [])
      return
    }
    let digest = try JobError.reading(paths.ledger) { [ledger] () throws(SystemError) in
      try ledger.jobDigest()
    }
    guard digest == found.identity.digest else {
      throw .cannotResume(
        "\(paths.ledger) is damaged, or is not of the job of \(paths.manifest); bring it back, or add "
          + "\(option: .overwrite) to start again")
    }
    let reader = try JobError.reading(paths.output) { () throws(SystemError) in
      try OutputReader(paths.output, calls)
    }
    let scan = try OutputScan(reader, ledger, paths, retriesErrors: options.retriesErrors)
    goodByteCount = scan.outputByteCount
    remarks = Self.remarks(scan, file, ledger, paths)
    resumption = Resumption(
      ledger: ledger, recordCount: scan.recordCount, table: scan.table, counts: scan.counts,
      retriesErrors: options.retriesErrors)
  }

  private static func openLedger(
    _ paths: JobFilePaths, _ calls: any FileSystemCalls
  ) throws(JobError) -> LineLedger {
    do throws(SystemError) {
      return try LineLedger(paths.ledger, calls)
    } catch {
      throw .outputUnusable(
        "cannot write \(paths.ledger), which stands beside the output: \(error); name an output in a directory where "
          + "files can be made, or - for standard output")
    }
  }

  private static func remarks(
    _ scan: OutputScan, _ file: OutputFile, _ ledger: LineLedger, _ paths: JobFilePaths
  ) -> [String] {
    var remarks: [String] = []
    let tornByteCount = file.byteCount - scan.outputByteCount
    if tornByteCount > 0 {
      remarks.append(
        "the last \(tornByteCount) bytes of \(file.path) are no whole line and go to \(paths.torn)")
    }
    let lostCount = ledger.recordCount - scan.recordCount
    if tornByteCount == 0, lostCount > 0 {
      remarks.append("\(lostCount) lines never reached \(file.path) and are answered again")
    }
    return remarks
  }

  /// Ends the replacement of output and ledger where a death came between: forward where the output has been replaced,
  /// backward where it has not.
  private static func settleRewriting(
    _ paths: JobFilePaths, _ calls: any FileSystemCalls
  ) throws(SystemError) {
    let ledgerWaits = FileIdentity(path: paths.nextLedger) != nil
    let outputWaits = FileIdentity(path: paths.nextOutput) != nil
    if ledgerWaits, !outputWaits {
      return try calls.commit(paths.nextLedger, as: paths.ledger)
    }
    if ledgerWaits { try calls.removeFile(paths.nextLedger) }
    if outputWaits { try calls.removeFile(paths.nextOutput) }
  }

  /// Whether an earlier run answered all lines of its input.
  package var wasComplete: Bool { resumption != nil && found?.completion != nil }

  /// Files of this job that no other file of the run may be.
  package var identities: [FileIdentity] { [file.identity] + [ledger.identity].compactMap { $0 } }

  /// Lines that are in the output.
  package var lineCount: Int { ledger.recordCount }

  /// Takes the files away again that this run made and never wrote to; for runs that cannot start.
  package func discard() {
    guard manifest == nil else { return }
    if ledgerIsNew, ledger.isEmpty { try? calls.removeFile(paths.ledger) }
    file.discard()
  }

  /// Says which job it is whose lines are to be written.
  ///
  /// Throws ``JobError`` of kind `cannotResume` that names the first difference where the output was begun by another.
  package func adopt(_ manifest: JobManifest) throws(JobError) {
    if resumption != nil, let found, let difference = manifest.identity.difference(from: found.identity) {
      throw .cannotResume(
        "the output \(file.path) was begun \(difference); give the same again, or add \(option: .overwrite) to start "
          + "again")
    }
    self.manifest = manifest
    // Else the journal is of a job that ends here.
    guard found?.identity == manifest.identity else { return }
    do throws(IOError) { try openJournal(manifest) } catch { throw .outputUnusable(error.text) }
  }

  /// What earlier runs drew for lines that they did not write; nil before ``begin()`` where the job begins anew.
  package var unfinished: UnfinishedLines? { journal?.unfinished }

  private func openJournal(_ manifest: JobManifest) throws(IOError) {
    try changing(paths.journal) { () throws(SystemError) in
      journal = try Journal(paths.journal, calls, jobDigest: manifest.identity.digest)
    }
  }

  /// The digest of the job, by which other files know that they belong to it.
  package var jobDigest: SIMD8<UInt32>? { manifest?.identity.digest }

  /// Makes ready for the first line. Precondition: ``adopt(_:)`` has been called.
  package func begin() throws(IOError) {
    guard let manifest else { preconditionFailure("a job's output has no manifest") }
    try file.begin()
    guard resumption != nil else {
      try beginAnew(manifest)
      if journal == nil { try openJournal(manifest) }
      return
    }
    try keepTorn()
    try file.truncate(to: goodByteCount)
    try changing(paths.ledger) { () throws(SystemError) in
      try ledger.truncate(toRecords: resumption?.recordCount ?? 0)
    }
    try synchronize()
    self.manifest?.completion = found?.completion
  }

  private func beginAnew(_ manifest: JobManifest) throws(IOError) {
    // In this order, so that at each moment what stands there is nothing, or a job's beginning.
    if found?.identity != manifest.identity { try remove([paths.manifest, paths.journal]) }
    if options.overwrites { try remove([paths.torn, paths.stale]) }
    try file.truncate(to: 0)
    try changing(paths.ledger) { () throws(SystemError) in
      try ledger.begin(jobDigest: manifest.identity.digest)
    }
    try synchronize()
    try write(manifest)
  }

  private func keepTorn() throws(IOError) {
    guard file.byteCount > goodByteCount else { return }
    try changing(paths.torn) { () throws(SystemError) in
      let reader = try OutputReader(paths.output, calls)
      let torn = try AppendFile(paths.torn, calls)
      for start in stride(from: goodByteCount, to: reader.byteCount, by: 1 << 20) {
        try torn.append(try reader.bytes(at: start, count: min(1 << 20, reader.byteCount - start)))
      }
      try torn.synchronize()
    }
  }

  /// Writes one line, its record before it.
  package func write(_ line: FinishedLine) throws(IOError) {
    if manifest?.completion != nil {
      manifest?.completion = nil
      if let manifest { try write(manifest) }
    }
    let recordCount = ledger.recordCount
    try changing(paths.ledger) { () throws(SystemError) in
      try ledger.append(CollectionOfOne(LineRecord(line, offset: file.byteCount)))
    }
    do throws(IOError) {
      try file.write(line.bytes)
    } catch {
      try? ledger.truncate(toRecords: recordCount)
      throw error
    }
    written.append(line.origin.content)
    switch options.fsync {
    case .line: try synchronizeLines()
    case .interval: break
    case .none: forgetWritten()
    }
    try rest()
  }

  /// Brings what was drawn to the journal's file at once: the death of the process takes nothing of it.
  package func record(_ entries: [JournalEntry]) throws(IOError) {
    try changing(paths.journal) { () throws(SystemError) in
      try journal?.append(entries)
      try journal?.flush(synchronizing: false)
    }
    try rest()
  }

  /// Hands to the disk what has waited for a second.
  package func rest() throws(IOError) {
    guard options.fsync != .none, .now - lastSync >= Self.syncInterval else { return }
    try synchronize()
  }

  package func stopWaiting(at deadline: ContinuousClock.Instant) { file.stopWaiting(at: deadline) }

  /// Ends the run; an output that is complete is brought up to date with its input.
  ///
  /// - Returns: what a complete output amounts to, where earlier runs had a part in it.
  package func finish(_ end: JobEnd) throws(IOError) -> LineCounts? {
    if options.fsync != .none { try synchronize() }
    try changing(paths.journal) { () throws(SystemError) in
      if end == .complete {
        try journal?.remove()
        journal = nil
      } else {
        try journal?.flush(synchronizing: false)
      }
    }
    guard end == .complete, var manifest, manifest.completion == nil || resumption != nil else { return nil }
    let rewriting = OutputRewriting(
      paths: paths, calls: calls, ledger: ledger, resumption: resumption, isOrdered: options.isOrdered,
      jobDigest: manifest.identity.digest)
    var summary: OutputRewriting.Summary?
    try changing(paths.output) { () throws(SystemError) in
      if try rewriting.isNeeded() {
        let (output, result) = try rewriting.run()
        rewritten = output
        summary = result
      } else {
        summary = try rewriting.summary()
      }
    }
    guard let summary else { return nil }
    let completion = JobManifest.Completion(
      answeredLineCount: summary.counts.answeredLineCount, errorLineCount: summary.counts.errorLineCount,
      merkleRoot: summary.root.digest.hexadecimal, input: (census ?? InputCensus()).total)
    if manifest.completion != completion {
      manifest.completion = completion
      try write(manifest)
    }
    return resumption == nil ? nil : summary.counts
  }

  private func synchronize() throws(IOError) {
    lastSync = .now
    try synchronizeLines()
    try changing(paths.journal) { () throws(SystemError) in try journal?.flush(synchronizing: true) }
  }

  private func synchronizeLines() throws(IOError) {
    try changing(paths.ledger) { () throws(SystemError) in try ledger.synchronize() }
    try file.synchronize()
    forgetWritten()
  }

  private func forgetWritten() {
    for line in written { journal?.end(line) }
    written.removeAll(keepingCapacity: true)
  }

  private func write(_ manifest: JobManifest) throws(IOError) {
    try changing(paths.manifest) { () throws(SystemError) in
      try calls.replaceFile(paths.manifest, with: manifest.bytes)
    }
  }

  private func remove(_ paths: [String]) throws(IOError) {
    for path in paths {
      try changing(path) { () throws(SystemError) in try calls.removeFile(path) }
    }
  }

  private func changing(_ path: String, _ body: () throws(SystemError) -> Void) throws(IOError) {
    do throws(SystemError) { try body() } catch { throw IOError("cannot write \(path)", error) }
  }
}
