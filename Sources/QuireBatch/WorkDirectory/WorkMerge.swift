import QuirePlatform
import QuireRequests

/// Puts the answers of all ranges together: the output and the files beside it are those of one ordered run.
///
/// They are made under names of this process's own and renamed, so that nobody sees a part; whoever else does the same makes
/// the same bytes. Bounded memory: a range at a time, and 16 bytes a line of the input.
struct WorkMerge {
  let directory: WorkDirectory
  let plan: WorkPlan
  let manifest: JobManifest
  /// The output, its links followed.
  let output: String
  let fsync: FsyncPolicy

  /// Writes the output, once all ranges are done.
  ///
  /// - Parameter input: the lines that were answered, which each answer is compared with.
  /// - Returns: what the output amounts to; nil where it was interrupted.
  /// - Throws: ``JobError`` that names the range.
  func run(against input: InputIdentities, isInterrupted: () -> Bool) throws(JobError) -> LineCounts? {
    let paths = JobFilePaths(output: output)
    let ownPaths = JobFilePaths(output: "\(output).\(directory.holder)")
    defer { removeFiles(ownPaths) }
    var options = DurableOutput.Options()
    options.overwrites = true
    options.isOrdered = true
    options.fsync = fsync
    guard
      case .durable(let sink) = try JobOutput(
        path: ownPaths.output, options: options, readFiles: [], calls: directory.calls)
    else { throw .outputUnusable("the output \(output) is no file") }
    do throws(JobError) {
      try sink.adopt(manifest)
      let leases = try reading { () throws(SystemError) in try directory.readLeases() }
      try writing { () throws(IOError) in try sink.begin() }
      var counts = LineCounts()
      for number in 0..<plan.rangeCount {
        guard !isInterrupted() else { return nil }
        guard case .done(let holder)? = leases[number] else {
          throw .cannotResume("range \(number) in \(directory.path) is not answered any more; \(Self.remedy)")
        }
        try append(number, by: holder, against: input, to: sink, &counts)
      }
      try writing { () throws(IOError) in _ = try sink.finish(.complete) }
      // The manifest comes last: with it the output is complete.
      try writing { () throws(IOError) in
        do throws(SystemError) {
          try directory.calls.commit(ownPaths.ledger, as: paths.ledger)
          try directory.calls.commit(ownPaths.output, as: paths.output)
          try directory.calls.commit(ownPaths.manifest, as: paths.manifest)
        } catch {
          throw IOError("cannot write \(output)", error)
        }
      }
      return counts
    } catch {
      sink.discard()
      throw error
    }
  }

  private static let remedy: ErrorText =
    "remove the directory to begin the job anew, or bring back what was in it"

  private func append(
    _ number: Int, by holder: String, against input: InputIdentities, to sink: DurableOutput,
    _ counts: inout LineCounts
  ) throws(JobError) {
    let paths = directory.answers(number, by: holder)
    let (ledger, output) = try reading { () throws(SystemError) in
      (
        try LineLedger(reading: paths.ledger, directory.calls),
        try OutputReader(paths.output, directory.calls)
      )
    }
    guard try reading({ () throws(SystemError) in try ledger.jobDigest() }) == manifest.identity.digest,
      ledger.recordCount == plan.lineCount(ofRange: number)
    else { throw .cannotResume("\(paths.ledger) is damaged; \(Self.remedy)") }
    var failure: JobError?
    try reading { () throws(SystemError) in
      try LedgerOrder(ledger, nil).forEach { record, _ throws(SystemError) in
        guard failure == nil else { return }
        let isInside = record.offset + record.byteCount <= output.byteCount
        let line = isInside ? try output.line(of: record) : []
        do throws(JobError) {
          try append(line, record, paths, against: input, to: sink, &counts)
        } catch {
          failure = error
        }
      }
    }
    if let failure { throw failure }
  }

  private func append(
    _ line: [UInt8], _ record: LineRecord, _ paths: JobFilePaths, against input: InputIdentities,
    to sink: DurableOutput, _ counts: inout LineCounts
  ) throws(JobError) {
    guard line.last == 0x0A, LineRecord.digest(of: line) == record.digest else {
      throw .cannotResume(
        "\(paths.output) is damaged at byte \(record.offset + 1), in the answer to line \(record.index + 1) of the input; "
          + Self.remedy)
    }
    let expected = try input.next()
    guard let expected, expected.index == record.index, expected.identity.content == record.content else {
      throw .cannotResume(
        "the input was edited while the job was running: line \(record.index + 1) is not what was answered; bring it back, "
          + "or begin the job anew in another directory")
    }
    sink.census?.add(record.content, index: record.index)
    let finished = FinishedLine(line, record)
    counts.add(finished.outcome)
    try writing { () throws(IOError) in try sink.write(finished) }
  }

  private func removeFiles(_ paths: JobFilePaths) {
    for path in [paths.output, paths.ledger, paths.manifest, paths.journal] {
      try? directory.calls.removeFile(path)
    }
  }

  private func reading<Value>(_ body: () throws(SystemError) -> Value) throws(JobError) -> Value {
    do throws(SystemError) { return try body() } catch {
      throw .cannotResume("cannot read what is in \(directory.path): \(error)")
    }
  }

  private func writing(_ body: () throws(IOError) -> Void) throws(JobError) {
    do throws(IOError) { try body() } catch { throw error.failure ?? JobError(error, "") }
  }
}
