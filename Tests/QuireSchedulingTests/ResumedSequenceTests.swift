import QuireTestSupport
import Testing

@testable import QuireScheduling

@Suite("Scheduler: sequences that go on from earlier output")
struct ResumedSequenceTests {
  /// A request of which some output is known, and how many tokens each of its sequences has left.
  private struct Case {
    let promptTokenCount: Int
    let limit: Int
    let sampleCount: Int
    let beamWidth: Int
    let resumed: [ResumedSequence]

    init(_ random: inout TestRandom) {
      promptTokenCount = 1 + random.below(30)
      limit = 2 + random.below(20)
      let (limit, width) = (limit, 1 + random.below(4))
      let isSearch = random.below(3) == 0 && width > 1
      (sampleCount, beamWidth) = isSearch ? (1, width) : (width, 1)
      if isSearch {
        resumed = [
          ResumedSequence(beamCount: 1 + random.below(width), outputTokenCount: 1 + random.below(limit - 1))
        ]
      } else {
        // Any but the last may have ended before.
        resumed = (0..<width).filter { _ in random.below(3) > 0 }.map { index in
          let output = (0..<random.below(limit)).map { _ in Int32(random.below(3)) }
          return ResumedSequence(sampleIndex: index, outputTokenIDs: output)
        }
      }
    }

    /// Samples that are still to be drawn; of a search, of its first beam.
    var drawCount: Int {
      resumed.isEmpty ? sampleCount * limit : resumed.reduce(0) { $0 + limit - $1.outputTokenCount }
    }
  }

  @Test(
    "each draws the tokens that it has left, and all invariants hold after every step",
    arguments: [(true, 64, 100), (true, 7, 40), (false, 16, 40), (true, 8, 200)])
  func everySequenceEnds(prefixCaching: Bool, tokensPerStep: Int, blockCount: Int) throws {
    var random = TestRandom(seed: UInt64(blockCount + tokensPerStep))
    for _ in 0..<20 {
      var scheduler = try Scheduler(
        SchedulerConfiguration(
          maxNumSeqs: 7, maxNumBatchedTokens: tokensPerStep, blockSize: 4, blockCount: blockCount,
          enablePrefixCaching: prefixCaching))
      let cases = (0..<6).map { _ in Case(&random) }
      var firstIDs: [SequenceID] = []
      for (number, request) in cases.enumerated() {
        firstIDs.append(
          try scheduler.add(
            requestID: RequestID(number),
            promptTokenIDs: (0..<request.promptTokenCount).map { _ in Int32(random.below(2)) },
            outputTokenLimit: request.limit, sampleCount: request.sampleCount, beamWidth: request.beamWidth,
            resumed: request.resumed))
      }
      var drawCounts = [Int](repeating: 0, count: cases.count)
      while scheduler.hasUnfinishedSequences {
        let step = scheduler.schedule()
        #expect(scheduler.checkInvariants() == [])
        var results: [SampledResult] = []
        var beams: [BeamResult] = []
        for entry in step.scheduled where entry.needsSample {
          let request = cases[Int(entry.requestID)]
          let outputTokenCount =
            entry.computedTokenCount + entry.tokenCount - request.promptTokenCount + 1
          let isFinished = outputTokenCount == request.limit
          if request.beamWidth == 1 {
            drawCounts[Int(entry.requestID)] += entry.sampleCount
            for id in entry.sampleIDs {
              results.append(SampledResult(sequenceID: id, tokenID: 1, isFinished: isFinished))
            }
          } else if entry.beam == 0 {
            drawCounts[Int(entry.requestID)] += 1
            let count = scheduler.sequence(entry.sequenceID)?.beamCount ?? 1
            let parents = (0..<request.beamWidth).map { _ in random.below(count) }
            beams.append(BeamResult(sequenceID: entry.sequenceID, parents: isFinished ? [] : parents))
          }
        }
        scheduler.update(results, beams: beams)
        #expect(scheduler.checkInvariants() == [])
      }
      #expect(drawCounts == cases.map(\.drawCount))
      #expect(scheduler.blockManager.freeBlockCount == blockCount)
    }
  }

  @Test("a request that goes on is abandoned with all its sequences")
  func abort() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockSize: 4, blockCount: 20))
    let first = try scheduler.add(
      requestID: 5, promptTokenIDs: [1, 2, 3], outputTokenLimit: 9, sampleCount: 4,
      resumed: [1, 3].map { ResumedSequence(sampleIndex: $0, outputTokenIDs: [7, 8]) })
    #expect(scheduler.waitingSequenceIDs == [first + 1, first + 3])
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.sequenceID) == [first + 1, first + 3])
    #expect(step.scheduled.map(\.tokenCount) == [5, 1])
    #expect(scheduler.abort(5) && !scheduler.hasUnfinishedSequences)
    scheduler.update([])
    #expect(scheduler.checkInvariants() == [])
  }
}
