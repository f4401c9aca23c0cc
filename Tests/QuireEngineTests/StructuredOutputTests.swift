import QuireRequests
import QuireSampling
import Foundation
import QuireEngine
import QuireTestSupport
import Testing

@Suite("Structured output in the engine")
struct StructuredOutputTests {
  static let person = #"""
    {"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":12},"age":{"type":"integer",
     "minimum":0,"maximum":150},"tags":{"type":"array","items":{"enum":["a","bb"]},"maxItems":3}},
     "required":["name","age","tags"],"additionalProperties":false}
    """#

  private struct Setting {
    let model: TinyModel
    let context: ModelContext

    init(_ configuration: EngineConfiguration = EngineConfiguration()) throws {
      model = try TinyModel()
      context = try ModelContext.load(model.path, configuration: configuration)
    }

    func request(
      _ params: SamplingParams, id: UInt64 = 0, key: UInt64 = 0, input: Prompt = .text("ab")
    ) throws -> NumberedRequest {
      try context.preparer.numbered(id: id, input, params, key: key)
    }

    /// The answers of one request.
    func answers(_ params: SamplingParams, key: UInt64 = 0) throws -> [CompletionOutput] {
      let output = try EngineRun(context, [request(params, key: key)]).outputs[0]
      return try #require(output).outputs
    }

    func refusal(_ params: SamplingParams, input: Prompt = .text("ab")) -> RequestError? {
      do {
        _ = try request(params, input: input)
        return nil
      } catch {
        return error as? RequestError
      }
    }
  }

  /// A person within its schema, or nil.
  private static func isPerson(_ text: String) -> Bool {
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
      Set(value.keys) == ["name", "age", "tags"], let name = value["name"] as? String,
      let age = value["age"] as? Int, let tags = value["tags"] as? [String]
    else { return false }
    return (1...12).contains(name.unicodeScalars.count) && (0...150).contains(age) && tags.count <= 3
      && tags.allSatisfy { ["a", "bb"].contains($0) }
  }

  @Test("answers draw the same tokens from a few logits as from all, which log-probabilities need")
  func openTokens() throws {
    let setting = try Setting(EngineConfiguration(maxNumSeqs: 4, threads: 2))
    let settings: [(inout SamplingParams) -> Void] = [
      { $0.structuredOutputs = .choice(["ab", "ac", "b"]) },
      { $0.structuredOutputs = .regex("[0-9]{3}-[ab]+") },
      { $0.structuredOutputs = .jsonSchema(Self.person) },
      { $0.allowedTokenIDs = [97, 3, 200] },
      { $0.allowedTokenIDs = [97, 98, 99, 258] },
      { params in
        params.structuredOutputs = .choice(["abab", "abba", "baab"])
        params.repetitionPenalty = 1.5
        params.logitBias = [97: 3, 98: -2]
      },
      { _ in },
    ]
    func answers(logprobs: Int?) throws -> [[[Int32]]] {
      var requests: [NumberedRequest] = []
      for seed in 0..<3 {
        for (number, change) in settings.enumerated() {
          var params = SamplingParams(
            n: seed == 0 ? 1 : 2, temperature: Double(seed), maxTokens: 40, logprobs: logprobs)
          change(&params)
          requests.append(try setting.request(params, id: UInt64(10 * seed + number), key: UInt64(seed)))
        }
      }
      let outputs = try EngineRun(setting.context, requests).outputs
      return try requests.map { try #require(outputs[$0.id]).outputs.map(\.tokenIDs) }
    }
    #expect(try answers(logprobs: nil) == answers(logprobs: 0))
  }

  @Test("a few logits are all that is computed of drafts whose places a constraint leaves to a few tokens")
  func openDrafts() throws {
    let setting = try Setting()
    let kinds: [(SamplingParams, text: String, isOpen: [Bool])] = [
      (SamplingParams(structuredOutputs: .regex("ab[0-9]{3}c")), "ab12", [true, true, true, true, true]),
      // No other token may come where the third is: nothing is said of what follows it.
      (SamplingParams(structuredOutputs: .regex("ab[0-9]{3}c")), "abx1", [true, true, true, false, false]),
      (SamplingParams(allowedTokenIDs: [97, 98]), "ab", [true, true, true]),
      (SamplingParams(logprobs: 0, structuredOutputs: .choice(["ab"])), "ab", []),
      (SamplingParams(), "ab", []),
    ]
    for (params, text, isOpen) in kinds {
      let request = try setting.request(params)
      // Masks are made when tokens are drawn.
      _ = try EngineRun(setting.context, [request])
      let tokens = text.utf8.map { Int32($0) }
      let open = request.prepared.makeSamplingState().openTokenIDs(expecting: tokens[...])
      #expect(open.map { $0 != nil } == isOpen, "\(text)")
      if isOpen.first == true { #expect(open[1]?.tokenIDs.contains(98) == true) }
    }
  }

  @Test("every answer validates at any temperature and length from the shortest on")
  func answersValidate() throws {
    let setting = try Setting()
    // {"name":"x","age":0,"tags":[]}
    let shortest = 30
    for temperature in [0, 0.7, 1, 1.5, 2] {
      for maxTokens in [shortest, shortest + 1, 40, 100] {
        for key in 0..<5 as Range<UInt64> {
          let params = SamplingParams(
            repetitionPenalty: 1.2, temperature: temperature, maxTokens: maxTokens, logitBias: [34: -9],
            structuredOutputs: .jsonSchema(Self.person))
          let answer = try setting.answers(params, key: key)[0]
          #expect(Self.isPerson(answer.text), "\(answer.text)")
          #expect(answer.tokenIDs.count <= maxTokens)
          #expect(
            (answer.tokenIDs.last == TinyModel.endOfTurn) == (answer.finishReason == .stop)
              && answer.stopReason == nil)
        }
      }
    }
  }

  @Test("choices and expressions are met to the byte, also by several samples")
  func choicesAndExpressions() throws {
    let setting = try Setting()
    let choices = try setting.answers(
      SamplingParams(n: 20, temperature: 1.5, structuredOutputs: .choice(["yes", "yesterday", "né"])))
    #expect(choices.allSatisfy { ["yes", "yesterday", "né"].contains($0.text) })
    #expect(Set(choices.map(\.text)).count > 1)
    let ids = try setting.answers(
      SamplingParams(n: 20, temperature: 1.5, structuredOutputs: .regex("[a-f]{2,5}-[0-9]+")))
    #expect(ids.allSatisfy { $0.text.wholeMatch(of: /[a-f]{2,5}-[0-9]+/) != nil })
  }

  @Test("under ignore_eos and min_tokens an answer that nothing may follow ends by itself")
  func completeAnswers() throws {
    let setting = try Setting()
    for (ignoreEOS, minTokens) in [(true, 0), (false, 16), (true, 16)] {
      let params = SamplingParams(
        n: 4, ignoreEOS: ignoreEOS, maxTokens: 16, minTokens: minTokens,
        structuredOutputs: .choice(["abc", "xyz", "abcd"]))
      for answer in try setting.answers(params) {
        #expect(["abcd", "xyz"].contains(answer.text))
        #expect(answer.finishReason == .stop && answer.stopReason == nil)
        #expect(answer.tokenIDs.count == answer.text.utf8.count)
      }
    }
    // What may go on does, to the last token.
    let free = try setting.answers(
      SamplingParams(ignoreEOS: true, maxTokens: 9, structuredOutputs: .regex("a*")))[0]
    #expect(free.text == "aaaaaaaaa" && free.finishReason == .length)
  }

  @Test("the tokens of stop_token_ids may end an answer where it is complete only")
  func stopTokens() throws {
    let setting = try Setting()
    let answers = try setting.answers(
      SamplingParams(
        n: 12, stopTokenIDs: [98, 257], ignoreEOS: true, maxTokens: 6, structuredOutputs: .regex("a+b?a*")))
    for answer in answers {
      #expect(answer.text.wholeMatch(of: /a+/) != nil, "\(answer.text)")
      let isStopped = [.tokenID(98), .tokenID(257)].contains(answer.stopReason)
      #expect((answer.finishReason == .stop) == isStopped)
    }
  }

  @Test("log-probabilities are those of the untouched logits")
  func logprobs() throws {
    let setting = try Setting()
    let free = try setting.answers(SamplingParams(temperature: 0, maxTokens: 1, logprobs: -1))[0]
    let held = try setting.answers(
      SamplingParams(temperature: 0, maxTokens: 1, logprobs: -1, structuredOutputs: .choice(["q", "z"])))[0]
    func sorted(_ answer: CompletionOutput) -> [TokenLogprob] {
      answer.logprobs![0].sorted { $0.tokenID < $1.tokenID }
    }
    #expect(sorted(free) == sorted(held))
    let (q, z) = (sorted(free)[113].logprob, sorted(free)[122].logprob)
    #expect(held.text == (q >= z ? "q" : "z"))
  }

  @Test(
    "what the constraint forces does not count in the log-probability without it, of samples and of beams")
  func unforced() throws {
    let setting = try Setting()
    var params = SamplingParams(temperature: 0, maxTokens: 5, logprobs: 0)
    let free = try setting.answers(params)[0]
    #expect(free.unforcedLogprob == free.cumulativeLogprob)
    params.structuredOutputs = .choice(["xya", "xyb"])
    for ignoresEOS in [true, false] {
      params.ignoreEOS = ignoresEOS
      let answer = try setting.answers(params)[0]
      #expect(answer.tokenIDs.count == (ignoresEOS ? 3 : 4))
      #expect(answer.unforcedLogprob == Double(answer.logprobs![2][0].logprob))
      #expect(answer.cumulativeLogprob! < answer.unforcedLogprob!)
    }
    (params.useBeamSearch, params.n, params.ignoreEOS) = (true, 2, true)
    for answer in try setting.answers(params) {
      #expect(answer.unforcedLogprob == Double(answer.logprobs![2][0].logprob))
    }
    params = SamplingParams(temperature: 0, maxTokens: 3, structuredOutputs: .choice(["xya"]))
    #expect(try setting.answers(params)[0].unforcedLogprob == nil)
  }

  @Test("beams keep to the constraint, rank as all its texts do, and end where nothing may follow")
  func beams() throws {
    let setting = try Setting()
    let texts = ["aa", "ab", "ba", "bb"]
    var params = SamplingParams(
      n: 4, temperature: 0, ignoreEOS: true, maxTokens: 5, structuredOutputs: .choice(texts),
      useBeamSearch: true, lengthPenalty: 0)
    let found = try setting.answers(params)
    #expect(Set(found.map(\.text)) == Set(texts))
    #expect(found.allSatisfy { $0.finishReason == .stop && $0.tokenIDs.count == 2 })
    #expect(found.map { $0.cumulativeLogprob! } == found.map { $0.cumulativeLogprob! }.sorted(by: >))
    // More beams than texts give the texts that there are.
    params.n = 9
    #expect(try setting.answers(params).map(\.text) == found.map(\.text))
    for maxTokens in [30, 35, 60] {
      (params.n, params.maxTokens, params.ignoreEOS) = (3, maxTokens, false)
      params.structuredOutputs = .jsonSchema(Self.person)
      let people = try setting.answers(params)
      #expect(!people.isEmpty && people.allSatisfy { Self.isPerson($0.text) })
    }
  }

  @Test(
    "samples and beams under constraints do not depend on neighbours, max_num_seqs, chunks, preemption or threads"
  )
  func batching() throws {
    let setting = try Setting()
    let blockBytes = setting.context.kvCachePlan.bytesPerBlock / 16
    let constraints: [OutputConstraint?] = [
      .jsonSchema(Self.person), .jsonObject, nil, .choice(["one", "two", "three"]),
      .regex("([a-z]{3,6} ){2,6}"),
    ]
    let requests = try (0..<20 as Range<UInt64>).map { index in
      let searches = index % 7 == 3
      let params = SamplingParams(
        n: searches ? 3 : 1 + Int(index) % 3, temperature: searches ? 0 : 1.2, ignoreEOS: index % 4 == 1,
        maxTokens: 30 + Int(index), structuredOutputs: constraints[Int(index) % 5], useBeamSearch: searches)
      return try setting.request(params, id: index, key: index * 7919)
    }
    var expected: [UInt64: RequestOutput] = [:]
    for request in requests {
      expected.merge(try EngineRun(setting.context, [request]).outputs) { first, _ in first }
    }
    #expect(expected.count == requests.count)
    for (configuration, preempts) in [
      (EngineConfiguration(), false), (EngineConfiguration(threads: 1), false),
      (EngineConfiguration(maxNumSeqs: 4, maxNumBatchedTokens: 4), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 60 * 4 * blockBytes), true),
    ] {
      // A context of its own: masks are made in another order.
      let run = try EngineRun(
        ModelContext.load(setting.model.path, configuration: configuration), requests)
      #expect(run.outputs == expected, "\(configuration)")
      #expect((run.statistics.preemptionCount > 0) == preempts, "\(configuration)")
    }
  }

  @Test("constraints that cannot be kept are refused by name, before anything is generated")
  func refusals() throws {
    let setting = try Setting()
    func refusal(
      _ structure: OutputConstraint, _ change: (inout SamplingParams) -> Void = { _ in }
    ) -> RequestError? {
      var params = SamplingParams(structuredOutputs: structure)
      change(&params)
      return setting.refusal(params)
    }
    let short = refusal(.choice(["abcdef"])) { $0.maxTokens = 5 }
    #expect(short?.place == .parameter(.maxTokens) && short?.description.contains("takes 6") == true)
    #expect(refusal(.choice(["abcdef"])) { $0.maxTokens = 6 } == nil)
    // The prompt leaves less than max_tokens.
    let lowered = setting.refusal(
      SamplingParams(maxTokens: 100, structuredOutputs: .choice(["abcdef"])),
      input: .tokenIDs([Int32](repeating: 65, count: TinyModel.context - 5)))
    #expect(lowered?.place == .parameter(.maxTokens) && lowered?.description.contains("leaves 5") == true)
    let keyword = refusal(.jsonSchema(#"{"$ref":"http://x/y"}"#))
    #expect(
      keyword?.code == .unsupportedValue && keyword?.place == .constraint(.jsonSchema, inside: " at /$ref"))
    #expect(
      keyword?.message(in: JSONDialect()).hasPrefix("structured_outputs.json at /$ref: found ") == true)
    #expect(refusal(.regex("(?<=a)b"))?.code == .unsupportedValue)
    #expect(refusal(.regex("(a"))?.code == .invalidValue)
    #expect(refusal(.choice([]))?.code == .invalidValue)
    #expect(refusal(.regex("")) == nil)
    let empty = refusal(.regex("")) { $0.ignoreEOS = true }
    #expect(empty?.place == .constraint(.regex) && empty?.description.contains("empty answer") == true)
  }

  @Test("a request that excludes all that its constraint allows ends with an error, its neighbours do not")
  func deadEnds() throws {
    let setting = try Setting()
    let dead = try setting.request(
      SamplingParams(allowedTokenIDs: [65], structuredOutputs: .choice(["b"])), id: 0)
    let other = try setting.request(SamplingParams(structuredOutputs: .choice(["b"])), id: 1)
    let run = try EngineRun(setting.context, [dead, other])
    #expect(run.errors[0]?.description.contains("exclude every token") == true)
    #expect(run.outputs[1]?.outputs.first?.text == "b")
  }
}
