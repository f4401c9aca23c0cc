import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Sampler: distributions")
struct SamplerDistributionTests {
  static let shapes = [
    SamplingParams(), SamplingParams(topK: 5), SamplingParams(topP: 0.777), SamplingParams(minP: 0.08),
    SamplingParams(topP: 0.913, topK: 12, minP: 0.01), SamplingParams(repetitionPenalty: 1.7),
    SamplingParams(frequencyPenalty: 0.6), SamplingParams(presencePenalty: -1.2),
  ]

  @Test("20,000 draws agree with the twin's probabilities", arguments: shapes, [0.3, 1, 1.8])
  func agree(shape: SamplingParams, temperature: Double) throws {
    var params = shape
    params.temperature = temperature
    let (prompt, output): ([Int32], [Int32]) = ([1, 5, 9], [5, 5, 20])
    var random = TestRandom(seed: 11)
    let row = random.logits(40, deviation: 1.5)
    let expected = try #require(SamplerTwin.probabilities(row, params, prompt: prompt, output: output))
    var state = makeState(params, prompt: prompt, output: output)
    var sampler = Sampler(vocabularySize: row.count)
    var counts = [Int](repeating: 0, count: row.count)
    for line in 0..<20_000 {
      state.stream = RandomStream(key: RandomStream.key(runSeed: 0, lineDigest: UInt64(line)))
      counts[Int(try sample(row, state, &sampler))] += 1
    }
    #expect(chiSquarePValue(counts, expected) > 0.001)
  }

  @Test("20,000 positions of one line agree with it too")
  func positions() throws {
    var random = TestRandom(seed: 12)
    let row = random.logits(30, deviation: 1)
    let params = SamplingParams(seed: 1234, maxTokens: nil)
    let expected = try #require(SamplerTwin.probabilities(row, params))
    var state = makeState(params)
    var sampler = Sampler(vocabularySize: row.count)
    var counts = [Int](repeating: 0, count: row.count)
    for _ in 0..<20_000 {
      let token = try sample(row, state, &sampler)
      counts[Int(token)] += 1
      state.append(token)
    }
    #expect(chiSquarePValue(counts, expected) > 0.001)
  }

  @Test("the test itself fails for a wrong temperature")
  func canFail() throws {
    var random = TestRandom(seed: 11)
    let row = random.logits(40, deviation: 1.5)
    let expected = try #require(SamplerTwin.probabilities(row, SamplingParams(temperature: 1.15)))
    var sampler = Sampler(vocabularySize: row.count)
    var counts = [Int](repeating: 0, count: row.count)
    for line in 0..<20_000 {
      counts[Int(try sample(row, makeState(SamplingParams(), key: UInt64(line)), &sampler))] += 1
    }
    #expect(chiSquarePValue(counts, expected) < 0.001)
    #expect(abs(chiSquareUpperTail(18.307, degreesOfFreedom: 10) - 0.05) < 1e-5)
    #expect(abs(chiSquareUpperTail(19.675, degreesOfFreedom: 11) - 0.05) < 1e-5)
  }
}
