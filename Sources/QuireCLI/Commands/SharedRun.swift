import QuireBatch
import QuireEngine
import QuireRequests

/// `quire run --work-dir`: answers a file together with other processes.
struct SharedRun {
  let directory: WorkDirectory
  let output: String
  let overwrites: Bool
  let leaseSeconds: Int
  let log: Log

  /// Checks what can be checked without a file. Throws for options that do not go with a shared job.
  init?(_ job: JobOptions, _ options: BatchJob.Options) throws {
    guard let path = job.workDirectory else {
      guard job.leaseSeconds == nil else {
        throw CommandError(.usage, "--lease-seconds has no meaning without --work-dir; leave it out")
      }
      return nil
    }
    for (name, isGiven, reason) in [
      ("--num-shards", options.shard != nil, "both divide the job"),
      ("--max-errors", job.maxErrors != nil, "no process sees the errors of all"),
      ("--retry-errors", job.retryErrors, "a range is answered once"),
      ("--error-file", job.errorFile != nil, "a range is one file"),
      ("--metrics-file", job.metricsFile != nil, "each process sees a part"),
      ("--timeline", job.timeline != nil, "each process sees a part"),
    ] where isGiven {
      throw CommandError(.usage, "\(name) does not go with --work-dir: \(reason); leave one of them out")
    }
    guard job.output != "-", Compression(path: job.output) == nil else {
      throw CommandError(
        .usage,
        "-o is \(job.output), but with --work-dir must be a file that is not compressed, which appears when the job is "
          + "complete")
    }
    leaseSeconds = job.leaseSeconds ?? 60
    guard 1...86_400 ~= leaseSeconds else {
      throw CommandError(.usage, "--lease-seconds is \(leaseSeconds), but must be from 1 to 86400")
    }
    directory = WorkDirectory(path)
    output = job.output
    overwrites = job.overwrite
    log = job.log
  }

  /// Looks at the files before the model loads.
  ///
  /// - Parameter readFiles: files that the run reads, which are refused as its output.
  func check(_ input: InputSequence, readFiles: [FileIdentity]) throws {
    if let identity = FileIdentity(path: output), readFiles.contains(identity) {
      throw CommandError(
        .outputUnusable, "the output \(output) is a file that this run reads; name another file with -o")
    }
    guard input.byteCount != nil else {
      throw CommandError(
        .unusableModel,
        "an input that is no file cannot be read by several processes, as --work-dir does; save it to a file first"
      )
    }
  }

  /// Answers lines until the job is complete, and tells of it.
  func run(_ batch: BatchJob, _ input: InputSequence, digests: ModelDigests) throws {
    log.info("\(directory.holder) answers with others in \(directory.path)")
    let reporter = ProgressReporter(inputByteCount: nil, ProgressReporter.Style(log))
    let work: SharedWork
    do throws(JobError) {
      let (result, progress) = try batch.share(
        directory, input: input, output: output, overwrite: overwrites, leaseSeconds: leaseSeconds,
        digests: digests, isInterrupted: { Interruption.hasCome },
        observe: { progress in
          reporter.tellFirstError(progress)
          reporter.update(progress)
        })
      reporter.tellFirstError(progress)
      StandardError.endBar()
      log.tellRemarks(of: progress)
      log.info(ProgressText.summary(progress, elapsedSeconds: reporter.elapsedSeconds))
      work = try result.get()
    } catch {
      throw CommandError(error)
    }
    for remark in work.remarks { log.info(remark) }
    switch work.end {
    case .merged(let answered, let failed):
      log.info("complete: merged \(answered) answers and \(failed) error lines into \(output)")
      try MergeCommand.end(JobEnd.complete.exitCode(answered: answered, failed: failed))
    case .mergedByOther(let holder): log.info("complete: \(holder) merged \(output)")
    case .interrupted:
      throw CommandError(
        .interrupted, "\(Interruption.reason); others go on, and the same command joins them again")
    }
  }
}
