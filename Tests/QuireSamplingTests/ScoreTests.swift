import Foundation
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Log-probabilities")
struct ScoreTests {
  static let sizes = [1, 2, 63, 64, 65, 128, 200, 3000]
  static let counts = [0, 1, 2, 5, 20, -1]

  private static func draw(_ row: [Float], _ state: SamplingState) throws -> Draw {
    var sampler = Sampler(vocabularySize: row.count)
    var copy = row
    return try copy.withUnsafeMutableBufferPointer { buffer throws(SamplingError) in
      try sampler.draw(buffer, state)
    }
  }

  @Test("values and ranks are those of an fp64 log-softmax, the drawn token first", arguments: sizes, counts)
  func twin(size: Int, count: Int) throws {
    var random = TestRandom(seed: UInt64(size))
    for key in 0..<60 as Range<UInt64> {
      let row = random.logits(
        size, deviation: random.pick([0.01, 1, 8]), step: random.pick([0, 0.5]),
        excluded: key % 3 == 0 ? size / 4 : 0)
      guard row.contains(where: { $0 > -.infinity }) else { continue }
      let state = makeState(SamplingParams(logprobs: count), key: key)
      let draw = try Self.draw(row, state)
      #expect(draw.tokenID == (try sample(row, state)))
      let entries = try #require(draw.logprobs)
      let largest = Double(row.max()!)
      let logOfSum = log(row.reduce(0) { $0 + exp(Double($1) - largest) })
      for entry in entries {
        let logit = row[Int(entry.tokenID)]
        let exact = Double(logit) - largest - logOfSum
        #expect(Double(entry.logprob) == exact || abs(Double(entry.logprob) - exact) < 1e-6 - 2e-7 * exact)
        #expect(entry.rank == row.count { $0 >= logit })
      }
      let wanted = count < 0 ? size : min(count, size)
      let order = row.indices.sorted { row[$0] > row[$1] || row[$0] == row[$1] && $0 < $1 }
      let likeliest = order.prefix(wanted).map(Int32.init)
      #expect(entries[0].tokenID == draw.tokenID)
      #expect(entries.dropFirst().map(\.tokenID) == likeliest.filter { $0 != draw.tokenID })
    }
  }

  @Test(
    "tokens that are named stand in the likeliest ones' place, each once and in their order",
    arguments: [0, 5, -1])
  func namedTokens(count: Int) throws {
    var random = TestRandom(seed: 5)
    let row = random.logits(400, deviation: 2)
    let all = try Self.draw(row, makeState(SamplingParams(logprobs: -1))).logprobs!
    for key in 0..<30 as Range<UInt64> {
      let params = SamplingParams(logprobs: count, logprobTokenIDs: [7, 399, 0, 7, 64])
      let draw = try Self.draw(row, makeState(params, key: key))
      let entries = try #require(draw.logprobs)
      #expect(entries[0].tokenID == draw.tokenID)
      #expect(entries.dropFirst().map(\.tokenID) == [7, 399, 0, 64].filter { $0 != draw.tokenID })
      for entry in entries { #expect(all.contains(entry)) }
    }
  }

  @Test("they are those of the logits as they came, whatever the parameters do to the draw")
  func untouched() throws {
    var random = TestRandom(seed: 8)
    let row = random.logits(500, deviation: 2)
    let plain = try Self.draw(row, makeState(SamplingParams(temperature: 0, logprobs: 20)))
    let all = try Self.draw(row, makeState(SamplingParams(logprobs: -1))).logprobs!
    let params = SamplingParams(
      presencePenalty: 2, repetitionPenalty: 1.9, temperature: 0.1, topP: 0.4, topK: 9,
      maxTokens: 40, minTokens: 40, logprobs: 20, logitBias: [3: 50, 4: 49])
    let state = makeState(params, prompt: [1, 2], output: [3, 4], eos: [plain.tokenID])
    for key in 0..<50 as Range<UInt64> {
      var state = state
      state.stream = RandomStream(key: key)
      let draw = try Self.draw(row, state)
      for entry in draw.logprobs! { #expect(all.contains(entry)) }
      let top = draw.logprobs!.sorted { $0.rank < $1.rank }.prefix(20)
      #expect(Array(top) == Array(plain.logprobs!.sorted { $0.rank < $1.rank }.prefix(20)))
    }
  }

  @Test("scoring a token leaves the logits as they are and reports it first")
  func scoring() throws {
    var random = TestRandom(seed: 9)
    let row = random.logits(300, deviation: 3)
    var copy = row
    var sampler = Sampler(vocabularySize: 300)
    for token in [0, 64, 299] as [Int32] {
      let entries = try copy.withUnsafeMutableBufferPointer { buffer throws(SamplingError) in
        try sampler.score(buffer, token: token, count: 3)
      }
      #expect(entries[0].tokenID == token && (entries.count == 4 || entries[0].rank <= 3))
    }
    #expect(copy == row)
  }

  @Test("a token that the model excludes has minus infinity, and a broken row is an error")
  func extremes() throws {
    var sampler = Sampler(vocabularySize: 3)
    var row: [Float] = [1, -.infinity, 1]
    let entries = try row.withUnsafeMutableBufferPointer { buffer throws(SamplingError) in
      try sampler.score(buffer, token: 1, count: 0)
    }
    #expect(entries == [TokenLogprob(tokenID: 1, logprob: -.infinity, rank: 3)])
    row[0] = .nan
    #expect(throws: SamplingError.invalidLogits) {
      try row.withUnsafeMutableBufferPointer { buffer throws(SamplingError) in
        try sampler.score(buffer, token: 1, count: 0)
      }
    }
  }

  @Test("the logarithm is within 4e-16 of the system's")
  func logarithm() {
    var random = TestRandom(seed: 10)
    #expect(NaturalLogarithm.of(1) == 0)
    for _ in 0..<10_000 {
      let x = exp(random.uniform() * 13)
      #expect(abs(NaturalLogarithm.of(x) - log(x)) <= 4e-16 * max(1, log(x)))
    }
  }
}
