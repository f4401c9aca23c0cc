extension SequenceState {
  /// Where the sequence stands.
  package enum Status: Sendable, Equatable {
    /// The sequence is in the waiting queue: without blocks, but for a fork that has not run yet and holds
    /// those of its prompt.
    case waiting
    /// The sequence is in the running list, and in every step's batch.
    case running
    /// Gone; its place in the waiting queue has not come up yet.
    case removed
  }
}
