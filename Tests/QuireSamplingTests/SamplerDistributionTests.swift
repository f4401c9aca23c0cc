import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Sampler: distributions")
struct SamplerDistributionTests {
  private static let drawCount = 20_000

  @Test("20,000 draws agree with probabilities computed in fp64", arguments: DistributionGolden.shared.cases)
  func agree(golden: DistributionGolden.Case) throws {
    var state = DistributionGolden.shared.state(golden)
    var sampler = Sampler(vocabularySize: golden.logits.count)
    var counts = [Int](repeating: 0, count: golden.logits.count)
    for line in 0..<Self.drawCount {
      state.stream = RandomStream(key: RandomStream.key(runSeed: 0, lineDigest: UInt64(line)))
      counts[Int(try sample(golden.logits, state, &sampler))] += 1
    }
    #expect(chiSquarePValue(counts, golden.probabilities) > 0.001)
  }

  @Test("they agree in a batch of all of them too, each with neighbours of other parameters")
  func agreeAmongNeighbours() throws {
    let cases = DistributionGolden.shared.cases
    var states = cases.map { DistributionGolden.shared.state($0) }
    var sampler = Sampler(vocabularySize: cases[0].logits.count)
    var counts = cases.map { [Int](repeating: 0, count: $0.logits.count) }
    var random = TestRandom(seed: 5)
    var order = Array(cases.indices)
    for line in 0..<Self.drawCount {
      if line % 100 == 0 { order.shuffle(using: &random) }
      for index in order {
        states[index].stream = RandomStream(
          key: RandomStream.key(runSeed: 1, lineDigest: UInt64(line * cases.count + index)))
        counts[index][Int(try sample(cases[index].logits, states[index], &sampler))] += 1
      }
    }
    for (golden, counts) in zip(cases, counts) {
      #expect(chiSquarePValue(counts, golden.probabilities) > 0.001, "\(golden.testDescription)")
    }
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
