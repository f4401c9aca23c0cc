import QuireScheduleTools
import QuireScheduling
import Testing

/// Every world within some bounds: blocks of 2 positions, each run twice and checked after every step, with an abort at
/// every moment where the family says so. The numbers of worlds are products of the bounds.
@Suite("Scheduler: all small worlds")
struct SmallWorldTests {
  /// How a step is filled.
  private struct Step {
    var tokens: Int
    var isChunked = true
    var findsPrefixes = true
  }

  private static let pools = 2...6
  private static let steps = (1...4).flatMap { tokens in
    [true, false].flatMap { isChunked in
      [true, false].map { Step(tokens: tokens, isChunked: isChunked, findsPrefixes: $0) }
    }
  }
  private static let search = SmallRequest.Kind.beams(2, parents: [[0, 0], [1, 0], [1, 1], [0, 1]])

  @Test("one request with one to three samples, every limit, an abort at every moment", arguments: pools)
  func oneRequest(pool: Int) throws {
    var sweep = SmallWorldSweep()
    for request in requests(prompts: 1...5, outputs: 1...4, kinds: (1...3).map { .samples($0) }) {
      for configuration in configurations(pool: pool, sequences: 1...3, steps: Self.steps) {
        try sweep.visit(SmallWorld(configuration, [request]), withAborts: true)
      }
    }
    #expect(sweep.worldCount == 60 * 48)
    #expect(sweep.abortCount > 1000 && sweep.refusalCount > 1000, "\(sweep)")
    #expect(sweep.preemptionCount > 0 && sweep.copyCount > 100, "\(sweep)")
  }

  @Test("one beam search, every limit, every choice of parents", arguments: pools)
  func oneSearch(pool: Int) throws {
    let choices = [[0, 1], [1, 0], [0, 0], [1, 1], [0], [1]]
    let kinds = choices.flatMap { second in
      choices.map { SmallRequest.Kind.beams(2, parents: [[0, 0], second, $0]) }
    }
    var sweep = SmallWorldSweep()
    for request in requests(prompts: 1...5, outputs: 1...4, kinds: kinds) {
      for configuration in configurations(
        pool: pool, sequences: 2...3, steps: Self.steps.filter(\.findsPrefixes))
      {
        try sweep.visit(SmallWorld(configuration, [request]), withAborts: false)
      }
    }
    #expect(sweep.worldCount == 20 * 36 * 16)
    // Two beams of more than one block each fit from 4 blocks on.
    #expect(sweep.copyCount > 500 || pool < 4, "\(sweep)")
  }

  @Test("two requests, the second in any of four steps", arguments: pools)
  func twoRequests(pool: Int) throws {
    let kinds: [SmallRequest.Kind] = [.samples(1), .samples(2), Self.search]
    let single = requests(prompts: [1, 2, 3, 5], outputs: [1, 3], kinds: kinds)
    let steps = [
      Step(tokens: 1), Step(tokens: 2), Step(tokens: 4), Step(tokens: 3, isChunked: false),
      Step(tokens: 4, findsPrefixes: false),
    ]
    var sweep = SmallWorldSweep()
    for first in single {
      for second in single {
        for step in 0...3 {
          for configuration in configurations(pool: pool, sequences: 1...3, steps: steps) {
            try sweep.visit(
              SmallWorld(configuration, [first, second.arriving(atStep: step)]), withAborts: false)
          }
        }
      }
    }
    #expect(sweep.worldCount == 24 * 24 * 4 * 15)
    #expect(sweep.hitTokenCount > 500, "\(sweep)")
    #expect(sweep.preemptionCount > 20 && (sweep.copyCount > 1000 || pool == 2), "\(sweep)")
  }

  @Test("two requests, an abort of each at every moment", arguments: 3...6)
  func aborts(pool: Int) throws {
    let kinds: [SmallRequest.Kind] = [.samples(1), .samples(2), Self.search]
    let steps = [
      Step(tokens: 2), Step(tokens: 5, isChunked: false), Step(tokens: 4, findsPrefixes: false),
    ]
    let single = requests(prompts: [1, 3, 5], outputs: [2, 4], kinds: kinds)
    var sweep = SmallWorldSweep()
    for first in single {
      for second in single {
        for step in [0, 2] {
          for configuration in configurations(pool: pool, sequences: 2...3, steps: steps) {
            try sweep.visit(
              SmallWorld(configuration, [first, second.arriving(atStep: step)]), withAborts: true)
          }
        }
      }
    }
    #expect(sweep.worldCount == 18 * 18 * 2 * 6)
    #expect(sweep.hitTokenCount > 500, "\(sweep)")
    #expect(sweep.abortCount > 10_000 && sweep.preemptionCount > 100, "\(sweep)")
  }

  @Test("three requests that come together, in turn, or late", arguments: 3...6)
  func threeRequests(pool: Int) throws {
    let kinds: [SmallRequest.Kind] = [.samples(1), .samples(2), Self.search]
    let single = requests(prompts: [1, 4], outputs: [1, 3], kinds: kinds)
    var sweep = SmallWorldSweep()
    for first in single {
      for second in single {
        for third in single {
          for (second, third) in [(0, 0), (1, 2), (3, 3)].map({ steps in
            (second.arriving(atStep: steps.0), third.arriving(atStep: steps.1))
          }) {
            for configuration in configurations(pool: pool, sequences: 2...3, steps: [Step(tokens: 3)]) {
              try sweep.visit(SmallWorld(configuration, [first, second, third]), withAborts: false)
            }
          }
        }
      }
    }
    #expect(sweep.worldCount == 12 * 12 * 12 * 3 * 2)
    #expect(sweep.preemptionCount > 100 && sweep.copyCount > 1000, "\(sweep)")
  }

  @Test("one and two requests for layers that see all beside layers with a window", arguments: 3...5)
  func groups(rows: Int) throws {
    let groups = [(1, 1, 2), (1, 2, 3), (2, 1, 1)].map {
      BlockGroups(fullCount: $0.0, windowedCount: $0.1, window: $0.2)
    }
    let steps = [Step(tokens: 2), Step(tokens: 5, isChunked: false), Step(tokens: 3, findsPrefixes: false)]
    let kinds: [SmallRequest.Kind] = [.samples(1), .samples(2), Self.search]
    let single = requests(prompts: [1, 4, 7], outputs: [1, 4], kinds: kinds)
    var sweep = SmallWorldSweep()
    for groups in groups {
      // One block less than rows of all groups, too: windows give up what others then need.
      for pool in [rows * groups.count - 1, rows * groups.count] {
        let limits = configurations(pool: pool, sequences: 2...2, steps: steps, groups: groups)
        for configuration in limits {
          for first in single {
            try sweep.visit(SmallWorld(configuration, [first]), withAborts: true)
            for second in single {
              let requests = [first, second.arriving(atStep: 1)]
              try sweep.visit(SmallWorld(configuration, requests), withAborts: false)
            }
          }
        }
      }
    }
    #expect(sweep.worldCount == 3 * 2 * 3 * (18 + 18 * 18))
    #expect(sweep.hitTokenCount > 200 && sweep.copyCount > 200, "\(sweep)")
    #expect(sweep.abortCount > 400 && sweep.preemptionCount > 20, "\(sweep)")
  }

  private func configurations(
    pool: Int, sequences: ClosedRange<Int>, steps: [Step], groups: BlockGroups = .one(window: nil)
  ) -> [SchedulerConfiguration] {
    sequences.flatMap { maxNumSeqs in
      steps.map { step in
        SchedulerConfiguration(
          maxNumSeqs: maxNumSeqs, maxNumBatchedTokens: step.tokens, blockSize: 2, blockCount: pool,
          enableChunkedPrefill: step.isChunked, enablePrefixCaching: step.findsPrefixes, groups: groups)
      }
    }
  }

  private func requests(
    prompts: some Sequence<Int>, outputs: some Sequence<Int>, kinds: [SmallRequest.Kind]
  ) -> [SmallRequest] {
    prompts.flatMap { prompt in
      outputs.flatMap { output in
        kinds.map { SmallRequest(promptTokenCount: prompt, outputTokenCount: output, kind: $0) }
      }
    }
  }
}
