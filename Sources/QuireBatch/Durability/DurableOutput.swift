import QuirePlatform
import QuireRequests

/// A job's output that any death leaves in a state from which the same job goes on: a regular file, or one of answers and one
/// of error lines, with a manifest and a ledger beside it (`docs/durability.md`).
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
  /// The files of lines, opened and held.
  private let files: OutputPair<OutputFile>
  private let repair: OutputRepair
  private let ledger: LineLedger
  private let ledgerIsNew: Bool
  private let options: Options
  private let calls: any FileSystemCalls
  /// The manifest that was found; nil for none, or where the job starts again.
  private let found: JobManifest?
  /// Where the whole lines end.
  private let goodByteCounts: OutputPair<Int>
  private var manifest: JobManifest?
  private var lastSync = ContinuousClock.now
  /// What was drawn for lines that are not written, once that is known to be of this job.
  private var journal: Journal?
  /// Lines that are written and perhaps not on the disk: until they are, the journal keeps what was drawn for them.
  private var written: [LineKey] = []
  /// The files that have taken the places of `files`, held until the run ends.
  private var rewritten: OutputPair<AppendFile>?

  /// Goes on with what stands in `files`, or begins anew.
  ///
  /// - Parameters:
  ///   - files: opened with their contents kept, and held by this run.
  ///   - paths: of the files that `files` lead to; what a death left of a replacement has been settled.
  /// - Throws: ``JobError`` of kind `outputUnusable` where the file is not a job's, or the files beside it cannot be made; of
  ///   kind `cannotResume` where they are damaged.
  init(
    _ files: OutputPair<OutputFile>, _ paths: JobFilePaths, _ options: Options, _ calls: any FileSystemCalls
  ) throws(JobError) {
    self.files = files
    repair = OutputRepair(paths: paths, calls: calls)
    self.paths = paths
    self.options = options
    self.calls = calls
    let filled = files.all.first { $0.byteCount > 0 }
    let startsAnew = options.overwrites || filled == nil
    // What an empty output was begun with binds nobody, and may be damaged.
    found =
      startsAnew
      ? (options.overwrites ? nil : try? JobManifest.read(paths.manifest, calls))
      : try JobManifest.read(paths.manifest, calls)
    ledgerIsNew = FileIdentity(path: paths.ledger) == nil
    if let filled, !startsAnew {
      guard found != nil else {
        throw .outputUnusable(
          "the output \(filled.path) exists, and there is no \(paths.manifest) to go on with; add \(option: .overwrite) to "
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
      (resumption, goodByteCounts, remarks) = (nil, files.map { _ in 0 }, [])
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
    let readers = try paths.lines.map { path throws(JobError) in
      try JobError.reading(path) { () throws(SystemError) in try OutputReader(path, calls) }
    }
    let scan = try OutputScan(readers, ledger, paths, retriesErrors: options.retriesErrors)
    goodByteCounts = scan.byteCounts
    remarks = repair.remarks(scan, files, recordCount: ledger.recordCount)
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

  /// Whether an earlier run answered all lines of its input.
  package var wasComplete: Bool { resumption != nil && found?.completion != nil }

  /// Files of this job that no other file of the run may be.
  package var identities: [FileIdentity] {
    files.all.map(\.identity) + [ledger.identity].compactMap { $0 }
  }

  /// Lines that are in the output.
  package var lineCount: Int { ledger.recordCount }

  /// Takes the files away again that this run made and never wrote to; for runs that cannot start.
  package func discard() {
    guard manifest == nil else { return }
    if ledgerIsNew, ledger.isEmpty { try? calls.removeFile(paths.ledger) }
    for file in files.all { file.discard() }
  }

  /// Says which job it is whose lines are to be written.
  ///
  /// Throws ``JobError`` of kind `cannotResume` that names the first difference where the output was begun by another.
  package func adopt(_ manifest: JobManifest) throws(JobError) {
    if resumption != nil, let found, let difference = manifest.identity.difference(from: found.identity) {
      throw .cannotResume(
        "the output \(files.answers.path) was begun \(difference); give the same again, or add \(option: .overwrite) to start "
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
    for file in files.all { try file.begin() }
    guard resumption != nil else {
      try beginAnew(manifest)
      return
    }
    try keepTorn()
    for (file, good) in zip(files.all, goodByteCounts.all) { try file.truncate(to: good) }
    try changing(paths.ledger) { () throws(SystemError) in
      try ledger.truncate(toRecords: resumption?.recordCount ?? 0)
    }
    try synchronize()
    self.manifest?.completion = found?.completion
  }

  private func beginAnew(_ manifest: JobManifest) throws(IOError) {
    // In this order, so that at each moment what stands there is nothing, or a job's beginning.
    if found?.identity != manifest.identity { try remove([paths.manifest, paths.journal]) }
    if options.overwrites { try remove(paths.torn.all + [paths.stale]) }
    for file in files.all { try file.truncate(to: 0) }
    try changing(paths.ledger) { () throws(SystemError) in
      try ledger.begin(jobDigest: manifest.identity.digest)
    }
    if journal == nil { try openJournal(manifest) }
    try synchronize()
    try write(manifest)
  }

  private func keepTorn() throws(IOError) {
    for isError in [false, true] where !isError || files.errors != nil {
      let (path, good) = (paths.lines[isError: isError], goodByteCounts[isError: isError])
      guard files[isError: isError].byteCount > good else { continue }
      let torn = paths.torn[isError: isError]
      try changing(torn) { () throws(SystemError) in try repair.keepTorn(of: path, from: good, in: torn) }
    }
  }

  /// Writes one line, its record before it.
  package func write(_ line: FinishedLine) throws(IOError) {
    if let failure = write([line]).failure { throw failure }
  }

  /// Writes lines that came together: the records of those that go to one file, then the lines themselves.
  package func write(_ lines: [FinishedLine]) -> (count: Int, failure: IOError?) {
    var rest = lines[...]
    do throws(IOError) {
      if manifest?.completion != nil {
        manifest?.completion = nil
        if let manifest { try write(manifest) }
      }
      while let first = rest.first {
        // Records keep the order in which the lines get into their files.
        let isError = first.outcome.isError
        let together =
          options.fsync == .line
          ? rest.prefix(1) : files.errors == nil ? rest : rest.prefix { $0.outcome.isError == isError }
        do throws(IOError) {
          try write(Array(together), to: files[isError: isError], &rest)
        } catch {
          // What finds no place together may find it one by one: as many lines stay as a disk holds.
          if together.count > 1 {
            while let next = rest.first {
              try write([next], to: files[isError: next.outcome.isError], &rest)
            }
          }
          throw error
        }
      }
      try self.rest()
    } catch {
      return (lines.count - rest.count, error)
    }
    return (lines.count, nil)
  }

  /// Writes lines to one file, and takes those that are in it off `rest`.
  private func write(
    _ lines: [FinishedLine], to file: OutputFile, _ rest: inout ArraySlice<FinishedLine>
  ) throws(IOError) {
    let (recordCount, lineCount) = (ledger.recordCount, file.lineCount)
    var offset = file.byteCount
    let records = lines.map { line in
      defer { offset += line.bytes.count }
      return LineRecord(line, offset: offset)
    }
    try changing(paths.ledger) { () throws(SystemError) in try ledger.append(records) }
    let outcome = Result { () throws(IOError) in try file.write(lines.map(\.bytes)) }
    let count = file.lineCount - lineCount
    for line in lines.prefix(count) { written += line.journalKeys }
    rest = rest.dropFirst(count)
    if case .failure = outcome { try? ledger.truncate(toRecords: recordCount + count) }
    try outcome.get()
    switch options.fsync {
    case .line: try synchronizeLines()
    case .interval: break
    case .none: forgetWritten()
    }
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

  package func stopWaiting(at deadline: ContinuousClock.Instant) {
    for file in files.all { file.stopWaiting(at: deadline) }
  }

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
        let (files, result) = try rewriting.run()
        rewritten = files
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
    for file in files.all { try file.synchronize() }
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

  @inline(never)
  private func changing(_ path: String, _ body: () throws(SystemError) -> Void) throws(IOError) {
    do throws(SystemError) { try body() } catch { throw IOError("cannot write \(path)", error) }
  }
}
