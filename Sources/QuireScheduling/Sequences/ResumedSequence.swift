/// A sequence that goes on from output that an earlier scheduler's steps gave it: it waits as one that was preempted does.
package struct ResumedSequence: Sendable, Equatable {
  /// Which of the request's samples it is, from 0; 0 for a beam search.
  package let sampleIndex: Int
  /// Number of output tokens, the same in all beams; fewer than the request's limit.
  package let outputTokenCount: Int
  /// A sample's output tokens; none for a beam search.
  package let outputTokenIDs: [Int32]
  /// Number of beams that go on; 1 for a sample.
  package let beamCount: Int

  /// A sample with its output.
  package init(sampleIndex: Int, outputTokenIDs: [Int32]) {
    self.sampleIndex = sampleIndex
    self.outputTokenIDs = outputTokenIDs
    outputTokenCount = outputTokenIDs.count
    beamCount = 1
  }

  /// A beam search with at least one beam, each of `outputTokenCount` tokens.
  package init(beamCount: Int, outputTokenCount: Int) {
    sampleIndex = 0
    outputTokenIDs = []
    self.outputTokenCount = outputTokenCount
    self.beamCount = beamCount
  }
}
