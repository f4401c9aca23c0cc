package import QuireRequests

extension BatchJob {
  /// What tells this job from the one that answered a file; nil where both give the same bytes.
  ///
  /// - Parameter digests: of the model's files.
  /// - Throws: ``JobError`` where the model's files cannot be read.
  package func difference(
    from file: AnsweredFile, digests: ModelDigests
  ) throws(JobError) -> ErrorText? {
    try identity(digests).difference(from: file.manifest.identity)
  }

  /// Computes lines of an output again and compares them with what was written. This has to be the job that wrote them:
  /// ``difference(from:digests:)`` is nil.
  ///
  /// - Parameters:
  ///   - source: the lines that were answered.
  ///   - sample: which lines are computed again; nil for all.
  ///   - seed: what the sample is drawn from.
  /// - Returns: what was found; nil where it was interrupted.
  /// - Throws: ``JobError`` where files cannot be read or the engine failed.
  package func recompute(
    _ file: AnsweredFile, _ source: any LineSource, sample: AnswerSample?, seed: Int64,
    isInterrupted: @escaping () -> Bool, observe: @escaping (JobProgress) -> Void = { _ in }
  ) throws(JobError) -> Recomputation? {
    let lines = try sample?.lines(of: file, seed: seed)
    let comparison = try AnswerComparison(file, sample: lines)
    let (end, _) = outcome(
      source, comparison, keys: lines.map { Set($0.keys) }, isInterrupted: isInterrupted, observe: observe)
    return try end.get() == .complete ? comparison.findings : nil
  }
}
