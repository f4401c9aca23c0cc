import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Sampler against its twin")
struct SamplerTwinTests {
  /// Sizes around the chunks of 64, where the last one is short, missing, or all there is.
  static let sizes = [1, 2, 15, 63, 64, 65, 127, 128, 200, 1000]

  @Test("every draw is the twin's token for the same random number", arguments: sizes)
  func draws(size: Int) throws {
    var random = TestRandom(seed: UInt64(size))
    var sampler = Sampler(vocabularySize: size)
    for _ in 0..<(size > 300 ? 150 : 500) {
      let row = random.logits(
        size, deviation: random.pick([0.01, 1, 3, 10]), step: random.pick([0, 0, 0.5]),
        excluded: random.below(3) == 0 ? size / 3 : 0)
      let params = randomParams(&random, size: size)
      let prompt = randomTokens(&random, size: size)
      let output = randomTokens(&random, size: size)
      let eos = [Int32(random.below(size))]
      let badWords: [[Int32]] = (0..<random.below(4)).map { _ in
        output.suffix(random.below(3)) + [Int32(random.below(size))]
      }
      let state = makeState(
        params, prompt: prompt, output: output, eos: eos, badWords: badWords, key: random.next())
      let expected = SamplerTwin.probabilities(
        row, params, prompt: prompt, output: output, masked: eos + params.stopTokenIDs, badWords: badWords)
      guard let expected else {
        #expect(throws: SamplingError.noTokenLeft) { try sample(row, state, &sampler) }
        continue
      }
      let uniform = state.stream.uniform(at: output.count)
      let token = try sample(row, state, &sampler)
      let allowed = SamplerTwin.draw(expected, uniform, tolerance: 2e-6)
      #expect(allowed.contains(token), "\(params) drew \(token) for \(uniform)")
    }
  }

  @Test("each truncation alone keeps exactly the twin's tokens")
  func support() throws {
    var random = TestRandom(seed: 3)
    var sampler = Sampler(vocabularySize: 100)
    let cases = [
      SamplingParams(topK: 1), SamplingParams(topK: 7), SamplingParams(topP: 0.3),
      SamplingParams(topP: 0.913),
      SamplingParams(minP: 0.2), SamplingParams(minP: 1), SamplingParams(topP: 0.777, topK: 12, minP: 0.02),
      SamplingParams(temperature: 0.3, topP: 0.913), SamplingParams(temperature: 1.8, topK: 5),
    ]
    for params in cases {
      for step in [0, 0.5] {
        let row = random.logits(100, deviation: 1.5, step: step)
        let expected = try #require(SamplerTwin.probabilities(row, params))
        var drawn: Set<Int32> = []
        for key in 0..<3000 { drawn.insert(try sample(row, makeState(params, key: UInt64(key)), &sampler)) }
        let support = Set(expected.indices.filter { expected[$0] > 0 }.map(Int32.init))
        let surelySeen = Set(expected.indices.filter { expected[$0] > 0.006 }.map(Int32.init))
        #expect(drawn.isSubset(of: support) && surelySeen.isSubset(of: drawn), "\(params)")
      }
    }
  }

  private func randomParams(_ random: inout TestRandom, size: Int) -> SamplingParams {
    SamplingParams(
      presencePenalty: random.pick([0, 0, -2, 1.3, 2]), frequencyPenalty: random.pick([0, 0, -2, 0.4, 2]),
      repetitionPenalty: random.pick([1, 1, 0.1, 1.2, 1.9]),
      temperature: random.pick([0, 0.001, 0.3, 1, 1, 1.8, 2]),
      topP: random.pick([1, 1, 0.053, 0.31, 0.777, 0.913, 0.987, 0.99999]),
      topK: random.pick([0, 0, -1, 1, 2, 3, 20, 70, 999, 5000]), minP: random.pick([0, 0, 0.001, 0.13, 0.9]),
      stopTokenIDs: (0..<random.below(3)).map { _ in Int32(random.below(size)) }, maxTokens: 20,
      minTokens: random.pick([0, 0, 2, 20]),
      logitBias: random.pick([
        nil, [Int32(random.below(size)): 3],
        [Int32(random.below(size)): random.pick([-100, 1e300, -1e300])],
      ]),
      allowedTokenIDs: random.pick([
        nil, nil, (0..<1 + random.below(size)).map { _ in Int32(random.below(size)) },
      ]))
  }

  private func randomTokens(_ random: inout TestRandom, size: Int) -> [Int32] {
    (0..<random.below(12)).map { _ in Int32(random.below(size)) }
  }
}
