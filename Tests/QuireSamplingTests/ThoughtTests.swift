import QuireRequests
import Testing

@testable import QuireSampling

@Suite("Thoughts in the sampler")
struct ThoughtTests {
  private static let markers = ThoughtMarkers(
    startTokenID: 4, endTokenID: 5, startText: "<think>", endText: "</think>")

  private func state(
    _ params: SamplingParams, isOpen: Bool, budget: Int?, output: [Int32] = []
  ) -> SamplingState {
    var state = SamplingState(
      params: params, promptTokenIDs: [],
      stopChecker: StopChecker(
        params: params, eosTokenIDs: [0], outputTokenLimit: 100),
      thought: ThoughtProgress(Self.markers, isOpen: isOpen, tokenBudget: budget, isAnswerApart: true),
      stream: RandomStream(seed: nil, randomKey: 1))
    for id in output { state.append(id) }
    return state
  }

  private let row: [Float] = [0, 5, 1, 2, 3, -20]

  @Test(
    "the end marker is forced when the thought has used up its tokens, and not before",
    arguments: [
      (true, 0, [], true), (true, 2, [1], false), (true, 2, [1, 2], true), (true, 2, [1, 5, 2, 3], false),
      (false, 1, [1, 2, 3], false), (false, 1, [4], false), (false, 1, [4, 1], true),
      (false, 2, [4, 1, 5, 4, 1], true), (false, 2, [4, 1, 5, 2, 3], false),
    ] as [(Bool, Int, [Int32], Bool)])
  func forced(isOpen: Bool, budget: Int, output: [Int32], isForced: Bool) throws {
    let params = SamplingParams { $0.temperature = 0 }
    let token = try sample(row, state(params, isOpen: isOpen, budget: budget, output: output))
    #expect(token == (isForced ? 5 : 1))
  }

  @Test("nothing that a request favours or forbids keeps the end marker away")
  func overrules() throws {
    let params = SamplingParams {
      $0.allowedTokenIDs = [1, 2]
      $0.logitBias = [5: -100, 1: 100]
      $0.minTokens = 10
      $0.maxTokens = 20
      $0.repetitionPenalty = 2
    }
    #expect(try sample(row, state(params, isOpen: true, budget: 0)) == 5)
  }

  @Test("without a budget a thought goes on")
  func unbounded() throws {
    let params = SamplingParams { $0.temperature = 0 }
    let long = [Int32](repeating: 1, count: 90)
    #expect(try sample(row, state(params, isOpen: true, budget: nil, output: long)) == 1)
  }

  @Test(
    "a prompt leaves a thought open where its last turn begins one and does not end it",
    arguments: [
      ([9, 4, 8], true), ([9, 4, 5, 8], false), ([4, 9, 8], false), ([], false), ([4], true),
      ([4, 5, 9, 4], true),
    ] as [([Int32], Bool)])
  func open(prompt: [Int32], isOpen: Bool) {
    #expect(Self.markers.areOpen(atEndOf: prompt, turnEndIDs: [9]) == isOpen)
  }
}
