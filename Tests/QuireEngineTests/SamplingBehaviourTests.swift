import QuireRequests
import Quire
import QuireEngine
import QuireTestSupport
import QuireTokenizers
import Testing

/// What the public tests of vLLM's engine assert, from outside, on a tiny model of one token a byte.
@Suite("Sampling, from outside")
struct SamplingBehaviourTests {
  private let model: TinyModel
  private let llm: LLM

  init() async throws {
    model = try TinyModel()
    llm = try await LLM(model: model.path, configuration: EngineConfiguration(generationConfig: .none))
  }

  private func answer(_ prompt: String, _ params: SamplingParams) async throws -> CompletionOutput {
    try await llm.generate([prompt], params)[0].outputs[0]
  }

  private static func ids(_ text: String) -> [Int32] { text.utf8.map(Int32.init) }

  /// Parameters under which the model has to write "abcde" and the end of the text: the first token by bias, each
  /// other by banning what is not its successor.
  private static func forcing(_ change: (inout SamplingParams) -> Void = { _ in }) -> SamplingParams {
    let letters = ["a", "b", "c", "d", "e"]
    var params = SamplingParams(temperature: 1, maxTokens: 20, minTokens: 0)
    params.allowedTokenIDs = ids("abcde") + [TinyModel.endOfTurn]
    params.logitBias = [ids("a")[0]: 1000]
    params.badWords = letters.enumerated().flatMap { index, letter in
      letters.indices.filter { $0 != index + 1 }.map { letter + letters[$0] }
        + (index < 4 ? [letter + "<|im_end|>"] : [])
    }
    change(&params)
    return params
  }

  @Test("bad words, a bias and allowed ids together force a text")
  func forced() async throws {
    let output = try await answer("x", Self.forcing())
    #expect(output.text == "abcde" && output.tokenIDs == Self.ids("abcde") + [TinyModel.endOfTurn])
    #expect(output.finishReason == .stop && output.stopReason == nil)
  }

  @Test("abcde<eos> with the stop string cd gives ab, or abcd with the stop string included")
  func stopString() async throws {
    let cut = try await answer("x", Self.forcing { $0.stop = ["cd"] })
    #expect(cut.text == "ab" && cut.stopReason == .string("cd") && cut.finishReason == .stop)
    #expect(cut.tokenIDs == Self.ids("abcd"))
    let kept = try await answer(
      "x",
      Self.forcing {
        $0.stop = ["cd"]
        $0.includeStopStringInOutput = true
      })
    #expect(kept.text == "abcd")
  }

  @Test(
    "the stop string that is complete first wins over the order of the list, which decides between equals")
  func earliestStop() async throws {
    let first = try await answer("x", Self.forcing { $0.stop = ["abcde", "bcd", "c"] })
    #expect(first.text == "ab" && first.stopReason == .string("c"))
    let equal = try await answer("x", Self.forcing { $0.stop = ["d", "bcd", "cd"] })
    #expect(equal.text == "abc" && equal.stopReason == .string("d"))
    let longer = try await answer("x", Self.forcing { $0.stop = ["bcd", "d"] })
    #expect(longer.text == "a" && longer.stopReason == .string("bcd"))
  }

  @Test("the text of the first min_tokens tokens is exempt from stop strings")
  func exemptText() async throws {
    let exempt = Self.forcing {
      $0.stop = ["b"]
      $0.minTokens = 2
    }
    #expect(try await answer("x", exempt).text == "abcde")
    let crossing = Self.forcing {
      $0.stop = ["bc"]
      $0.minTokens = 2
    }
    #expect(try await answer("x", crossing).text == "a")
  }

  @Test("a stop token's text is left out unless the stop string is included, its id always stays")
  func stopToken() async throws {
    let ids = Self.ids("d")
    let cut = try await answer("x", Self.forcing { $0.stopTokenIDs = ids })
    #expect(cut.text == "abc" && cut.stopReason == .tokenID(ids[0]) && cut.tokenIDs == Self.ids("abcd"))
    let kept = try await answer(
      "x",
      Self.forcing {
        $0.stopTokenIDs = ids
        $0.includeStopStringInOutput = true
      })
    #expect(kept.text == "abcd")
  }

  @Test("EOS as the last permitted token says stop, any other says length")
  func lastToken() async throws {
    let end = try await answer("x", Self.forcing { $0.maxTokens = 6 })
    #expect(end.finishReason == .stop && end.tokenIDs.count == 6)
    #expect(try await answer("x", Self.forcing { $0.maxTokens = 5 }).finishReason == .length)
  }

  @Test("min_tokens masks the end of the text, its further ids and stop ids until it is reached")
  func minTokens() async throws {
    let end = TinyModel.endOfTurn
    let params = SamplingParams(
      temperature: 0.7, stopTokenIDs: [5], maxTokens: 12, minTokens: 7, logitBias: [end: 500, 5: 600])
    let output = try await answer("x", params)
    #expect(output.tokenIDs.count == 8 && output.tokenIDs.last == 5)
    #expect(!output.tokenIDs.dropLast().contains { $0 == 5 || $0 == end })
  }

  @Test("top_k of 1 equals greedy")
  func topKOfOne() async throws {
    for prompt in ["a", "quire", "42"] {
      let greedy = try await answer(prompt, SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 20))
      let drawn = try await answer(
        prompt, SamplingParams(temperature: 1.7, topK: 1, ignoreEOS: true, maxTokens: 20))
      #expect(greedy.tokenIDs == drawn.tokenIDs)
    }
  }

  @Test("a seeded row is the same alone, in a mixed batch and in a shuffled batch; another seed differs")
  func seeds() async throws {
    let seeded = SamplingParams(temperature: 1.2, seed: 7, ignoreEOS: true, maxTokens: 24)
    let alone = try await answer("seeded", seeded).tokenIDs
    var requests = (0..<20).map { index in
      LLM.Request(
        .text("neighbour \(index)"),
        params: SamplingParams(
          temperature: Double(index % 3), topP: 0.8, ignoreEOS: true, maxTokens: 5 + index))
    }
    requests.append(LLM.Request(.text("seeded"), params: seeded))
    var random = TestRandom(seed: 1)
    var comparisonCount = 0
    for round in 0..<3 {
      if round > 0 { requests.shuffle(using: &random) }
      let place = requests.firstIndex { $0.prompt == .text("seeded") }!
      let output = try await llm.responses(to: requests)[place].get()
      #expect(output.outputs.first?.tokenIDs == alone)
      comparisonCount += 1
    }
    #expect(comparisonCount == 3)
    var other = seeded
    other.seed = 8
    #expect(try await answer("seeded", other).tokenIDs != alone)
  }

  @Test("a frequency penalty of 2 spreads the output over the allowed tokens, one of -2 repeats the first")
  func frequencyPenalty() async throws {
    let allowed = Self.ids("pqr")
    func counts(_ penalty: Double) async throws -> [Int] {
      let output = try await answer(
        "x",
        SamplingParams(
          frequencyPenalty: penalty, temperature: 0, ignoreEOS: true, maxTokens: 60, allowedTokenIDs: allowed)
      )
      return allowed.map { id in output.tokenIDs.count { $0 == id } }
    }
    #expect(try await counts(2).min()! >= 15)
    #expect(try await counts(-2).max() == 60)
  }

  @Test("repetition penalties of 0.1 and 1.9 see the prompt and the output")
  func repetitionPenalty() async throws {
    let (p, q) = (Self.ids("p")[0], Self.ids("q")[0])
    func answer(_ prompt: String, _ penalty: Double) async throws -> [Int32] {
      // The biases come before the penalties and make both logits large and alike.
      try await self.answer(
        prompt,
        SamplingParams(
          repetitionPenalty: penalty, temperature: 0, ignoreEOS: true, maxTokens: 3,
          logitBias: [p: 500, q: 500])
      ).tokenIDs
    }
    #expect(try await answer("p", 0.1) == [p, p, p])
    #expect(try await answer("q", 0.1) == [q, q, q])
    // Once both have been seen they are on a level again.
    #expect(try await answer("p", 1.9).first == q)
    #expect(try await answer("q", 1.9).first == p)
    #expect(try await Set(answer("x", 1.9).prefix(2)) == [p, q])
  }

  @Test("a presence penalty of 2 outweighs a lead of less, one of -2 a deficit of less")
  func presencePenalty() async throws {
    let (p, q) = (Self.ids("p")[0], Self.ids("q")[0])
    // q is a stop token, which cannot be drawn first: so p is, and has been seen when the second is drawn.
    var params = SamplingParams(
      temperature: 0, stopTokenIDs: [q], ignoreEOS: true, maxTokens: 2, minTokens: 1, logprobs: -1,
      logitBias: [p: 200], allowedTokenIDs: [p, q])
    let scores = try await answer("x", params).logprobs![1]
    func logprob(_ id: Int32) -> Double { Double(scores.first { $0.tokenID == id }!.logprob) }
    for (penalty, lead, second) in [(0, 1.5, p), (2, 1.5, q), (0, -1.5, q), (-2, -1.5, p)]
      as [(Double, Double, Int32)]
    {
      params.presencePenalty = penalty
      params.logitBias = [p: logprob(q) - logprob(p) + lead]
      #expect(try await answer("x", params).tokenIDs == [p, second], "\(penalty), \(lead)")
    }
  }

  @Test("detokenize false gives no text, and log-probabilities without text")
  func noText() async throws {
    var params = Self.forcing()
    params.detokenize = false
    params.logprobs = 2
    let output = try await answer("x", params)
    #expect(output.text == "" && output.tokenIDs.count == 6)
    #expect(output.logprobs!.allSatisfy { $0.allSatisfy { $0.text == nil } })
  }

  @Test("ignore_eos gives exactly max_tokens")
  func ignoreEOS() async throws {
    let params = SamplingParams(
      temperature: 0, ignoreEOS: true, maxTokens: 17, logitBias: [TinyModel.endOfTurn: 300])
    let output = try await answer("x", params)
    #expect(output.tokenIDs == [Int32](repeating: TinyModel.endOfTurn, count: 17))
    #expect(output.finishReason == .length && output.text == "")
  }

  @Test("control tokens stay in the text without skip_special_tokens, whatever the spaces between them")
  func specialTokens() async throws {
    var params = Self.forcing {
      $0.ignoreEOS = true
      $0.skipSpecialTokens = false
      $0.maxTokens = 7
      $0.badWords += ["<|im_end|>" + "a"]
      $0.allowedTokenIDs = Self.ids("abcde") + [TinyModel.endOfTurn]
      $0.logitBias = [Self.ids("a")[0]: 1000, TinyModel.endOfTurn: 900]
    }
    #expect(try await answer("x", params).text == "abcde<|im_end|><|im_end|>")
    params.spacesBetweenSpecialTokens = false
    #expect(try await answer("x", params).text == "abcde<|im_end|><|im_end|>")
  }

  @Test(
    "log-probabilities have N or N + 1 entries, always the drawn token, and add up",
    arguments: [0, 1, 5, 20, -1])
  func logprobs(count: Int) async throws {
    let params = SamplingParams(temperature: 1.5, ignoreEOS: true, maxTokens: 30, logprobs: count)
    let output = try await answer("logprobs", params)
    let positions = try #require(output.logprobs)
    #expect(positions.count == 30)
    for (token, entries) in zip(output.tokenIDs, positions) {
      #expect(entries[0].tokenID == token && entries[0].text == llm.tokenizer.tokenText(token))
      let wanted = count < 0 ? TinyModel.vocabulary : count
      #expect(entries.count == wanted || (entries.count == wanted + 1 && entries[0].rank > wanted))
      #expect(Set(entries.map(\.tokenID)).count == entries.count)
    }
    #expect(output.cumulativeLogprob == positions.reduce(0.0) { $0 + Double($1[0].logprob) })
  }

  @Test("the prompt's log-probabilities are those of the same tokens as an answer")
  func promptLogprobs() async throws {
    let params = SamplingParams(temperature: 1, seed: 3, ignoreEOS: true, maxTokens: 30, logprobs: 3)
    let drawn = try await llm.generate(["a prompt"], params)[0]
    let whole = drawn.promptTokenIDs + drawn.outputs[0].tokenIDs
    let scored = try await llm.generate(
      promptTokenIDs: [whole], SamplingParams(maxTokens: 1, promptLogprobs: 3))[0]
    let positions = try #require(scored.promptLogprobs)
    #expect(positions.count == whole.count && positions[0] == nil)
    #expect(positions.suffix(30).map { $0 } == drawn.outputs[0].logprobs!.map { Optional($0) })
    #expect(drawn.promptLogprobs == nil && scored.outputs[0].logprobs == nil)
    #expect(scored.outputs[0].cumulativeLogprob == nil)
  }

  @Test("truncate_prompt_tokens keeps the last tokens, and lets a prompt in that would be too long")
  func truncation() async throws {
    let params = SamplingParams(temperature: 0, maxTokens: 5, truncatePromptTokens: 6)
    let long = String(repeating: "long ", count: 400) + "tail"
    let output = try await llm.generate([long, "ab"], params)
    #expect(output[0].promptTokenIDs == Self.ids("g tail") && output[1].promptTokenIDs == Self.ids("ab"))
    let same = try await llm.generate(["g tail"], SamplingParams(temperature: 0, maxTokens: 5))
    #expect(output[0].outputs == same[0].outputs)
  }

  @Test("a text is the decoded ids, whole characters only, for every length of the answer")
  func wholeText() async throws {
    // Bytes of "é", "你" and "🙂" in any order: most make no character.
    let bytes = Array("é你🙂".utf8).map(Int32.init)
    var before = ""
    for length in 1...24 {
      let output = try await answer(
        "x",
        SamplingParams(temperature: 2, seed: 5, ignoreEOS: true, maxTokens: length, allowedTokenIDs: bytes))
      #expect(output.text == llm.tokenizer.decode(output.tokenIDs))
      // What an answer one shorter had, but for an unfinished character at its end.
      let shared = zip(before.unicodeScalars, output.text.unicodeScalars).prefix { $0 == $1 }.count
      #expect(shared >= before.unicodeScalars.count - 3)
      before = output.text
    }
  }
}
