import QuirePlatform
import QuireRequests

/// What became of this process's part in a shared job.
package struct SharedWork: Sendable {
  /// How the job was ended.
  package enum End: Equatable, Sendable {
    /// This process merged the output, of so many answers and error lines.
    case merged(answeredLineCount: Int, errorLineCount: Int)
    /// Another process did.
    case mergedByOther(String)
    /// This process was interrupted; what it had is free for others.
    case interrupted
  }

  /// How the job was ended.
  package var end: End
  /// What this process did.
  package var progress: JobProgress
  /// For people: how many ranges came from whom.
  package var remarks: [String]
}

extension BatchJob {
  /// Answers lines together with other processes that are given the same directory, and puts the answers of all together once
  /// they are there. Every process returns when the job is complete.
  ///
  /// - Parameters:
  ///   - input: files that can be read again and again; the same lines for all processes.
  ///   - output: path of the file of answers: the bytes of one ordered run.
  ///   - overwrite: whether a file that exists is replaced.
  ///   - leaseSeconds: without a sign of life for so long a process counts as dead.
  ///   - digests: of the model's files.
  /// - Throws: ``JobError`` where files cannot be read or written, where the directory is another job's, or where the engine
  ///   failed. What this process had is free for others then.
  package func share(
    _ directory: WorkDirectory, input: InputSequence, output: String, overwrite: Bool, leaseSeconds: Int,
    digests: ModelDigests, isInterrupted: @escaping () -> Bool, observe: @escaping (JobProgress) -> Void,
    observer: RunObserver? = nil
  ) throws(JobError) -> (work: Result<SharedWork, JobError>, progress: JobProgress) {
    let manifest = JobManifest(
      version: QuireVersion.current, identity: try identity(digests), inputs: input.manifestInputs)
    let plan = try directory.join(
      manifest, try WorkPlan(of: input.again(), leaseSeconds: leaseSeconds, isInterrupted: isInterrupted))
    let output = JobOutput.resolved(output)
    try directory.check(output, isReplaced: overwrite)
    let leases: RangeLeases
    do throws(SystemError) {
      leases = try RangeLeases(
        directory, plan, jobDigest: manifest.identity.digest, lineLimit: 2 * maxSequenceCount,
        synchronizes: options.fsync != .none)
    } catch {
      throw .outputUnusable("cannot write to \(directory.path): \(error)")
    }
    defer { leases.release() }
    let (end, progress) = outcome(
      LeasedLines(input, leases), LeasedAnswers(leases), isInterrupted: isInterrupted, observe: observe,
      observer: observer)
    let work = Result { () throws(JobError) in
      var work = SharedWork(end: .interrupted, progress: progress, remarks: leases.remarks)
      guard try end.get() == .complete else { return work }
      let merge = WorkMerge(
        directory: directory, plan: plan, manifest: manifest, output: output, fsync: options.fsync)
      work.end = try leases.merge(merge, isInterrupted: isInterrupted) { () throws(JobError) in
        InputIdentities(input.again(), lineParser, isInterrupted: isInterrupted)
      }
      return work
    }
    return (work, progress)
  }
}

extension WorkDirectory {
  /// Makes sure that an output may be written, before anything is computed.
  ///
  /// Throws ``JobError`` of kind `outputUnusable` where one exists that is to stay.
  fileprivate func check(_ output: String, isReplaced: Bool) throws(JobError) {
    guard let identity = FileIdentity(path: output) else { return }
    guard identity.isRegular else {
      throw .outputUnusable("the output \(output) is no file; name one with \(option: .output)")
    }
    let leases = try? readLeases()
    // One that is merged, or was being merged when a process died, is this job's own.
    guard !isReplaced, leases?[Self.mergeNumber] ?? .free == .free else { return }
    throw .outputUnusable(
      "the output \(output) exists; add \(option: .overwrite) to replace it once the job is complete, or name another file"
    )
  }
}

extension RangeLeases {
  /// For people: what this process did besides answering lines.
  fileprivate var remarks: [String] {
    let counts = counts
    var remarks = ["published \(counts.publishedRangeCount) of \(plan.rangeCount) ranges"]
    if counts.takenOverRangeCount + counts.takenOverLineCount > 0 {
      remarks.append(
        "took over \(counts.takenOverRangeCount) ranges of processes that gave no sign of life, and \(counts.takenOverLineCount) "
          + "lines that others had answered")
    }
    if counts.lostRangeCount > 0 {
      remarks.append(
        "lost \(counts.lostRangeCount) ranges to other processes after it had given no sign of life for "
          + "\(plan.leaseSeconds) s; their answers count")
    }
    return remarks
  }
}
