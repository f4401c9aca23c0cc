import Foundation
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Beam search: rules")
struct BeamSearchRuleTests {
  private static let end: Int32 = 9

  private func search(
    width: Int, lengthPenalty: Double = 1, early: SamplingParams.EarlyStopping = .whenUnlikelyToImprove,
    maxTokens: Int = 10
  ) -> BeamSearch {
    let params = SamplingParams(
      n: width, temperature: 0, maxTokens: maxTokens, useBeamSearch: true, lengthPenalty: lengthPenalty,
      earlyStopping: early)
    let checker = StopChecker(params: params, eosTokenIDs: [Self.end], outputTokenLimit: maxTokens)
    return BeamSearch(
      params: params, state: makeState(params, eos: [Self.end]), stopChecker: checker)
  }

  /// Advances with candidates given as token and log-probability; token 9 ends a text.
  private func advance(_ search: inout BeamSearch, _ candidates: [[(Int32, Float)]]) -> [Int] {
    search.advance(candidates.map { $0.map { BeamCandidate(tokenID: $0.0, logprob: $0.1) } }) { _, token in
      token == Self.end
        ? StopDecision(finishReason: .stop, stopReason: nil, keepsTokenText: false) : nil
    }
  }

  @Test("beams are the best continuations of all beams together, and may leave one of them out")
  func reorders() {
    var search = search(width: 2)
    #expect(search.candidateCount == 4)
    #expect(advance(&search, [[(1, -1), (2, -2), (3, -0.5)]]) == [0, 0])
    #expect(search.beams.map(\.tokenIDs) == [[3], [1]])
    #expect(advance(&search, [[(4, -3), (5, -4)], [(6, -0.25), (7, -0.5)]]) == [1, 1])
    #expect(search.beams.map(\.tokenIDs) == [[1, 6], [1, 7]])
    #expect(search.beams.map(\.cumulativeLogprob) == [-1.25, -1.5])
    #expect(search.outputTokenCount == 2)
  }

  @Test("an end counts among the first candidates, and is passed over behind them")
  func ranksEnds() {
    var search = search(width: 2)
    #expect(advance(&search, [[(1, -1), (9, -1.5), (2, -2), (3, -3)]]) == [0, 0])
    #expect(search.hypotheses.map(\.tokenIDs) == [[9]] && search.hypotheses[0].score == -1.5)
    #expect(search.beams.map(\.tokenIDs) == [[1], [2]])
    #expect(advance(&search, [[(3, -0.25), (9, -2)], [(4, -0.25), (5, -2)]]) == [0, 1])
    #expect(search.hypotheses.count == 1)
  }

  @Test("the score divides by the length to the power of the penalty, the end token counted")
  func scores() throws {
    for (penalty, score) in [(0.0, -3.0), (1, -1.5), (2, -0.75), (-1, -6)] {
      var search = search(width: 2, lengthPenalty: penalty)
      _ = advance(&search, [[(1, -1), (2, -1.25)]])
      _ = advance(&search, [[(9, -2), (3, -5)], [(4, -6)]])
      let found = try #require(search.hypotheses.first)
      #expect(abs(found.score - score) < 1e-12 && found.cumulativeLogprob == -3)
    }
  }

  @Test(
    "true ends with enough texts, false when the best beam falls behind, never when no length can save it")
  func earlyStopping() {
    func steps(_ early: SamplingParams.EarlyStopping, _ lengthPenalty: Double) -> Int {
      var search = search(width: 2, lengthPenalty: lengthPenalty, early: early)
      // Both texts end at the second token, with -2 and -2.5; one beam goes on at -1.75, then at -0.75 a token.
      _ = advance(&search, [[(1, -1), (2, -1.5)]])
      var count = 2
      var parents = advance(
        &search, [[(9, -1), (3, -1.75)], [(9, -1), (4, -3)]])
      while !parents.isEmpty && count < 20 {
        parents = advance(&search, search.beams.indices.map { $0 == 0 ? [(5, -0.75)] : [(6, -4)] })
        count += 1
      }
      return count
    }
    #expect(steps(.whenEnoughFinished, 1) == 2)
    // -2.75 / 2 is behind -2.5 / 2 at once.
    #expect(steps(.whenUnlikelyToImprove, 1) == 2)
    // -2.75 / 10 is not, and -(2.75 + 0.75 k) / 10 falls behind -1.25 at k = 13.
    #expect(steps(.never, 1) == 2 + 13)
    // Without a length penalty nothing can improve.
    #expect(steps(.never, 0) == 2)
  }

  @Test("with fewer texts than beams the search goes on with those that there are, and ends without any")
  func fewTexts() {
    var search = search(width: 3)
    #expect(advance(&search, [[(1, -1)]]) == [0])
    #expect(advance(&search, [[(2, -1), (9, -2)]]) == [0])
    #expect(advance(&search, [[(9, -1)]]) == [])
    #expect(search.hypotheses.map(\.tokenIDs) == [[1, 2, 9], [1, 9]])
  }

  @Test("candidates are the most likely tokens by log-softmax, after penalties and masks")
  func candidates() throws {
    var random = TestRandom(seed: 5)
    for count in [3, 70, 1000] {
      let row = random.logits(count, deviation: 3, step: 0.25, excluded: 2)
      var params = SamplingParams(repetitionPenalty: 1.5, temperature: 0, minTokens: 3)
      params.n = 2
      params.useBeamSearch = true
      let state = makeState(params, prompt: [0, 1], output: [2], eos: [1])
      var sampler = Sampler(vocabularySize: count)
      var copy = row
      let found = try copy.withUnsafeMutableBufferPointer { try sampler.beamCandidates($0, state, count: 8) }
      let sum = row.reduce(0) { $0 + exp(Double($1)) }
      var expected = row.map { Double($0) - log(sum) }
      for id in [0, 1, 2] { expected[id] *= 1.5 }
      expected[1] = -.infinity
      let floor = expected.sorted(by: >)[min(7, count - 1)]
      #expect(found.map(\.tokenID) == found.map(\.tokenID).sorted())
      for candidate in found {
        #expect(abs(Double(candidate.logprob) - expected[Int(candidate.tokenID)]) < 1e-4)
      }
      // Ties at the boundary stay; the others are all there.
      let ids = Set(found.map { Int($0.tokenID) })
      for id in 0..<count where expected[id] > floor + 1e-4 { #expect(ids.contains(id)) }
      #expect(found.count >= min(8, expected.count { $0 > -.infinity }))
    }
  }

  @Test("powers are within 1e-13 of the C library's")
  func powers() {
    for base in [1.0, 2, 3, 7, 16, 100, 4095, 131072] {
      for exponent in [-3, -0.5, 0, 0.1, 1, 1.7, 2, 5] {
        let expected = pow(base, exponent)
        #expect(abs(Power.of(base, exponent) - expected) <= 1e-13 * expected)
      }
    }
    #expect(Power.of(100, 1e9) == .greatestFiniteMagnitude && Power.of(100, -1e9) == .leastNormalMagnitude)
  }
}
