/// What became of a run.
public struct JobResult: Sendable, Equatable {
  /// How it ended.
  public let end: JobEnd
  /// What was done.
  public let progress: JobProgress

  /// A result; each argument is the field of its name.
  package init(end: JobEnd, progress: JobProgress) {
    self.end = end
    self.progress = progress
  }
}
