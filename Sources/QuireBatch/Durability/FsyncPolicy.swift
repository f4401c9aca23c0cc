/// When a job's output is handed to the disk: what a loss of power may take. The death of the process takes no line that was
/// written, whatever is chosen.
public enum FsyncPolicy: String, Sendable, CaseIterable {
  /// After each line.
  case line
  /// At most a second after a line was written, and at the end.
  case interval
  /// When the system pleases.
  case none
}
