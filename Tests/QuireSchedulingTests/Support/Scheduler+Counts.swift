@testable import QuireScheduling

extension Scheduler {
  /// Takes in a request of which only the length matters: no other has a token of its prompt.
  mutating func add(
    requestID: RequestID, promptTokenCount: Int, outputTokenLimit: Int, sampleCount: Int = 1,
    beamWidth: Int = 1, isUrgent: Bool = false
  ) throws(SchedulerRefusal) -> SequenceID {
    // More is refused by every small cache as well, and need not be made.
    let count = min(promptTokenCount, 1 << 16)
    let first = Int32(truncatingIfNeeded: requestID) &* 100_003
    return try add(
      requestID: requestID, promptTokenIDs: (0..<Int32(count)).map { first &+ $0 },
      outputTokenLimit: outputTokenLimit, sampleCount: sampleCount, beamWidth: beamWidth,
      isUrgent: isUrgent)
  }

  /// The cache blocks of a sample; there must be one of this id that holds some.
  func blockIDs(of id: SequenceID) -> [Int32] { sequence(id)!.beams[0].blockTable.blockIDs }
}

extension SampledResult {
  /// A result of which the token does not matter.
  init(sequenceID: SequenceID, isFinished: Bool) {
    self.init(sequenceID: sequenceID, tokenID: 0, isFinished: isFinished)
  }
}

extension SchedulerOutput {
  /// The blocks that each scheduled sequence gained.
  var newBlocks: [[Int32]] { scheduled.map { Array($0.newBlockIDs) } }
}
