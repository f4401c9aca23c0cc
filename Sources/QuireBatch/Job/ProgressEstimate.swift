/// How much of a job's work is done, from what its lines have shown so far.
///
/// Work is counted in output tokens. A run's lines are taken to be of one kind: the bytes read so far tell how many there
/// will be, those in the engine how long prompts are, and those that finished how long answers are. As the shortest answers
/// come first, tokens of unfinished ones count, too: all tokens drawn over all answers finished is what a constant chance to
/// end at each token would make likeliest (the estimate of censored exponential lifetimes).
package struct ProgressEstimate: Equatable, Sendable {
  /// The share of the whole job that is done, 0…1.
  package let share: Double
  /// Whether answers are taken to be as long as they may be, since too few of them have finished.
  package let isBound: Bool
  /// The share of this run's own work that is done, 0…1.
  private let ownShare: Double

  /// What computing a prompt token takes, in output tokens: the rates of SmolLM2-135M in README's table, 64 sequences.
  private static let promptTokenWork = 0.7
  /// Answers that tell how long others will be.
  private static let tellingAnswerCount = 16

  /// - Parameter inputByteCount: of the whole input; nil for a pipe, of which there is no estimate, as of an empty input.
  init?(_ progress: JobProgress, inputByteCount: Int?) {
    guard let inputByteCount, inputByteCount > 0 else { return nil }
    let before = min(1, Double(progress.resumedByteCount) / Double(inputByteCount))
    let done = max(0, progress.answeredLineCount + progress.errorLineCount - progress.resumedLineCount)
    let taken = done + progress.inFlightLineCount
    let readShare =
      Double(max(0, progress.consumedByteCount - progress.resumedByteCount))
      / Double(max(1, inputByteCount - progress.resumedByteCount))
    guard taken > 0, readShare > 0 else {
      (share, ownShare, isBound) = (before, 0, false)
      return
    }
    let lineCount = max(Double(taken), Double(taken) / readShare)
    let begun = progress.begunLineCount
    if begun == 0 {
      // Lines without work: wrong ones, and those whose answers are known.
      (ownShare, isBound) = (Double(done) / lineCount, false)
    } else {
      let finished = begun - progress.unfinishedLineCount
      isBound = finished < Self.tellingAnswerCount && Double(finished) * 10 < lineCount
      let generated = Double(progress.generatedTokenCount)
      let greatest = Double(progress.begunOutputTokenLimit)
      // Answers of lines that are no longer in the engine were as long as they were.
      let outputTokens =
        isBound ? greatest : min(greatest, generated / Double(finished) * Double(begun))
      let prompts = Self.promptTokenWork * Double(progress.begunPromptTokenCount)
      // Lines that wait are taken to be as much work as those that are past waiting, of which some are not yet written.
      let settled = Double(max(begun, done + progress.unfinishedLineCount))
      let work = (prompts + max(outputTokens, generated)) * max(1, lineCount / settled)
      let workDone = Self.promptTokenWork * Double(progress.computedPromptTokenCount) + generated
      ownShare = min(1, workDone / max(work, 1))
    }
    share = min(1, before + (1 - before) * ownShare)
  }

  /// Seconds until the job's end at the speed of this run so far, and whether they are the most that it can take; nil before
  /// there is a speed.
  package func secondsLeft(elapsedSeconds: Double) -> (seconds: Double, isBound: Bool)? {
    ownShare > 0 ? (elapsedSeconds * (1 - ownShare) / ownShare, isBound) : nil
  }
}
