import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Sampler: rules")
struct SamplerRuleTests {
  private let row: [Float] = [0.5, 3, -1, 3, 2.5, -4]

  @Test("greedy takes the lowest of the tokens that tie")
  func greedyTies() throws {
    #expect(try sample(row, makeState(SamplingParams(temperature: 0))) == 1)
    var wide = [Float](repeating: 1, count: 200)
    #expect(try sample(wide, makeState(SamplingParams(temperature: 0))) == 0)
    wide[150] = 2
    wide[199] = 2
    #expect(try sample(wide, makeState(SamplingParams(temperature: 0))) == 150)
  }

  @Test("top_k of 1 and a tiny temperature equal greedy")
  func equalGreedy() throws {
    var random = TestRandom(seed: 1)
    for key in 0..<200 as Range<UInt64> {
      let row = random.logits(150, deviation: 2)
      let greedy = try sample(row, makeState(SamplingParams(temperature: 0)))
      #expect(try sample(row, makeState(SamplingParams(topK: 1), key: key)) == greedy)
      #expect(try sample(row, makeState(SamplingParams(topP: 1e-9), key: key)) == greedy)
      #expect(try sample(row, makeState(SamplingParams(minP: 1), key: key)) == greedy)
      var separate = row
      separate[Int(greedy)] += 1
      #expect(try sample(separate, makeState(SamplingParams(temperature: 1e-6), key: key)) == greedy)
    }
  }

  @Test("top_k keeps the tokens that tie at its boundary")
  func topKTies() throws {
    let drawn = try tokens(SamplingParams(topK: 1), 500)
    #expect(drawn == [1, 3])
    #expect(try tokens(SamplingParams(topK: 3), 500) == [1, 3, 4])
  }

  @Test("top_p takes the boundary token in, the lower of two that tie, and always the largest")
  func topPBoundary() throws {
    let even: [Float] = [0, 0, 0, 0, -.infinity]
    #expect(try tokens(even, SamplingParams(topP: 0.6), 500) == [0, 1, 2])
    #expect(try tokens(even, SamplingParams(topP: 0.01), 500) == [0])
  }

  @Test("the same seed gives the same draws, another seed, sample or position others")
  func seeds() throws {
    var random = TestRandom(seed: 2)
    let row = random.logits(500, deviation: 1)
    func draws(_ seed: Int64) throws -> [Int32] {
      var state = makeState(SamplingParams(seed: seed, maxTokens: nil), key: UInt64.random(in: 0...9))
      return try (0..<50).map { _ in
        let token = try sample(row, state)
        state.append(token)
        return token
      }
    }
    #expect(try draws(5) == draws(5))
    #expect(try draws(5) != draws(6))
    #expect(try Set(draws(5)).count > 10)
  }

  @Test("a draw does not depend on what the sampler drew before")
  func independence() throws {
    var random = TestRandom(seed: 4)
    let rows = (0..<40).map { _ in random.logits(300, deviation: 3) }
    let states = (0..<40).map { key in
      makeState(
        SamplingParams(
          temperature: [0, 0.7, 1.5][key % 3], topP: [1, 0.9][key % 2], topK: [0, 9, 200][key / 2 % 3]),
        key: UInt64(key))
    }
    let alone = try (0..<40).map { try sample(rows[$0], states[$0]) }
    var sampler = Sampler(vocabularySize: 300)
    for index in (0..<40).reversed() {
      #expect(try sample(rows[index], states[index], &sampler) == alone[index])
    }
  }

  @Test("penalties of ±2 move seen tokens to the ends of the ranking")
  func extremePenalties() throws {
    let flat: [Float] = [1, 1, 1, 1]
    for (presence, frequency) in [(2.0, 0.0), (0, 2)] {
      let params = SamplingParams(
        presencePenalty: presence, frequencyPenalty: frequency, temperature: 0)
      #expect(try sample(flat, makeState(params, output: [0, 1])) == 2)
      var reward = params
      (reward.presencePenalty, reward.frequencyPenalty) = (-presence, -frequency)
      #expect(try sample(flat, makeState(reward, output: [3])) == 3)
      // Tokens of the prompt alone are not touched.
      #expect(try sample(flat, makeState(params, prompt: [0, 1])) == 0)
    }
    let frequent = SamplingParams(frequencyPenalty: -0.5, temperature: 0)
    #expect(try sample(flat, makeState(frequent, output: [1, 2, 2])) == 2)
  }

  @Test("the repetition penalty sees prompt and output, by sign", arguments: [0.1, 1.9])
  func repetition(penalty: Double) throws {
    let params = SamplingParams(repetitionPenalty: penalty, temperature: 0)
    let seen = makeState(params, prompt: [0], output: [1])
    let expected: Int32 = penalty < 1 ? 0 : 2
    #expect(try sample([1, 1, 1], seen) == expected)
    #expect(try sample([-1, -1, -1], seen) == expected)
  }

  @Test(
    "an extreme penalty neither excludes a token nor breaks the row", arguments: [1e-300, 1e-40, 1e38, 1e300])
  func extremeRepetition(penalty: Double) throws {
    for seen in [3, -3, 0, -.infinity] as [Float] {
      let state = makeState(SamplingParams(repetitionPenalty: penalty, temperature: 1), prompt: [0])
      let token = try sample([seen, 1, -1], state)
      #expect((0..<3).contains(token))
    }
    #expect(try sample([5], makeState(SamplingParams(repetitionPenalty: penalty), prompt: [0])) == 0)
  }

  @Test("end-of-text and stop tokens cannot be drawn before min_tokens, and can from there on")
  func minTokens() throws {
    let params = SamplingParams(temperature: 0, stopTokenIDs: [3], ignoreEOS: true, minTokens: 2)
    #expect(try sample(row, makeState(params, output: [0], eos: [1])) == 4)
    #expect(try sample(row, makeState(params, output: [0, 0], eos: [1])) == 1)
  }

  @Test("only allowed tokens are drawn, and min_tokens may leave none of them")
  func allowedTokens() throws {
    #expect(try tokens(SamplingParams(allowedTokenIDs: [5, 2, 5]), 3000) == [2, 5])
    let params = SamplingParams(maxTokens: 9, minTokens: 1, allowedTokenIDs: [2])
    #expect(throws: SamplingError.noTokenLeft) { try sample(row, makeState(params, eos: [2])) }
  }

  @Test("a bad word's last token is banned after the rest of it in the output, not in the prompt")
  func badWords() throws {
    let greedy = SamplingParams(temperature: 0)
    let word: [[Int32]] = [[0, 5, 1]]
    #expect(try sample(row, makeState(greedy, output: [0, 5], badWords: word)) == 3)
    #expect(try sample(row, makeState(greedy, output: [4, 0, 5], badWords: word)) == 3)
    for (prompt, output) in [([0, 5], []), ([0], [5]), ([], [0, 5, 4]), ([], [5, 0])] as [([Int32], [Int32])]
    {
      #expect(try sample(row, makeState(greedy, prompt: prompt, output: output, badWords: word)) == 1)
    }
    #expect(try sample(row, makeState(greedy, badWords: [[1], [3]])) == 4)
  }

  @Test("a bias is added before the penalties, and excludes nothing however large")
  func logitBias() throws {
    let params = SamplingParams(repetitionPenalty: 2, temperature: 0, logitBias: [5: 10])
    // (-4 + 10) / 2 is below 3.5, which is below 6.
    #expect(try sample([0.5, 3.5, -1, 3, 2.5, -4], makeState(params, prompt: [5])) == 1)
    #expect(try sample(row, makeState(params)) == 5)
    let huge = SamplingParams(temperature: 0, logitBias: [0: -1e300, 1: -1e300, 3: -1e300, 4: -1e300])
    #expect(try sample(row, makeState(huge)) == 2)
    #expect(
      try sample([1, 2], makeState(SamplingParams(temperature: 0, logitBias: [0: -1e300, 1: -1e300]))) == 0)
  }

  @Test("a prompt token beyond the row is passed over")
  func foreignTokens() throws {
    let params = SamplingParams(repetitionPenalty: 1.5, temperature: 0, stopTokenIDs: [900], minTokens: 1)
    #expect(try sample(row, makeState(params, prompt: [600, 1], eos: [700])) == 3)
  }

  @Test("NaN and plus infinity are errors wherever they stand", arguments: [Float.nan, -.nan, .infinity])
  func invalidLogits(value: Float) throws {
    for size in [1, 64, 150] {
      for position in Set([0, size / 2, size - 1]) {
        var row = [Float](repeating: 0, count: size)
        row[position] = value
        for temperature in [0, 1.0] {
          #expect(throws: SamplingError.invalidLogits) {
            try sample(row, makeState(SamplingParams(temperature: temperature)))
          }
        }
      }
    }
  }

  @Test("a row that excludes every token is an error, one that leaves a single token draws it")
  func excluded() throws {
    var row = [Float](repeating: -.infinity, count: 130)
    for params in [SamplingParams(temperature: 0), SamplingParams(topP: 0.5), SamplingParams(topK: 3)] {
      #expect(throws: SamplingError.noTokenLeft) { try sample(row, makeState(params)) }
    }
    row[129] = -1e30
    for params in [SamplingParams(temperature: 0), SamplingParams(topP: 0.5), SamplingParams(topK: 3)] {
      #expect(try sample(row, makeState(params)) == 129)
    }
  }

  @Test("bad words forbid what comparing each of them with the answer forbids", arguments: 0..<40)
  func manyBadWords(seed: UInt64) {
    let stream = RandomStream(key: seed)
    var position = 0
    func token(_ bound: Double) -> Int32 {
      position += 1
      return Int32(stream.uniform(at: position) * bound)
    }
    let words = (0..<30).map { _ in (0...token(4)).map { _ in token(4) } }
    let output = (0..<40).map { _ in token(4) }
    for count in output.indices {
      var matcher = BadWordMatcher(words)
      for token in output[..<count] { matcher.append(token) }
      var found: Set<Int32> = []
      matcher.forEachForbiddenToken { found.insert($0) }
      let expected = words.filter {
        output[..<count].suffix($0.count - 1).elementsEqual($0.dropLast())
      }.map { $0[$0.count - 1] }
      #expect(found == Set(expected))
    }
  }

  @Test("logits of any finite size are drawn from")
  func extremeLogits() throws {
    let large = Float.greatestFiniteMagnitude
    #expect(try tokens([large, -large, large, 0], SamplingParams(temperature: 2), 200) == [0, 2])
    #expect(try tokens([-large, -large], SamplingParams(temperature: 1e-9), 200) == [0, 1])
  }

  @Test("a fork continues with the parent's history and its own stream")
  func forks() throws {
    var parent = makeState(SamplingParams(presencePenalty: 2, temperature: 0), output: [0])
    var child = parent
    child.stream = RandomStream(key: 9, sampleIndex: 1)
    parent.append(1)
    child.append(2)
    #expect(try sample([1, 1, 1, 0], parent) == 2)
    #expect(try sample([1, 1, 1, 0], child) == 1)
  }

  /// The distinct tokens of many draws, sorted.
  private func tokens(_ row: [Float], _ params: SamplingParams, _ count: Int) throws -> [Int32] {
    var sampler = Sampler(vocabularySize: row.count)
    return try Set((0..<count).map { try sample(row, makeState(params, key: UInt64($0)), &sampler) }).sorted()
  }

  private func tokens(_ params: SamplingParams, _ count: Int) throws -> [Int32] {
    try tokens(row, params, count)
  }
}
