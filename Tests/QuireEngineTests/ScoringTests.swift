import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireEngine

@Suite("Scores of texts behind a context")
struct ScoringTests {
  private static let context = "The opposite of hot is"
  private static let choices = [
    " cold", " colder than ice", " cool", " blue", " cold", " a", " Tuesday, of course", " c", " colder",
  ]

  private static func request(
    _ preparer: PromptPreparer, id: UInt64 = 0, _ choices: [String] = choices, behind prompt: Prompt? = nil,
    logprobs: Int? = nil
  ) throws -> NumberedRequest {
    NumberedRequest(
      id: id,
      prepared: try preparer.prepare(
        scoring: choices, behind: prompt ?? .text(context), SamplingParams(logprobs: logprobs)))
  }

  private static func scores(
    _ context: ModelContext, _ requests: [NumberedRequest]
  ) throws -> (scores: [[ContinuationScore]], statistics: EngineStatistics) {
    let run = try EngineRun(context, requests)
    return (
      try requests.map { try #require(run.outputs[$0.id]?.scores) }, run.statistics
    )
  }

  @Test(
    "each score is the sum of what the prompt's log-probabilities say of the same tokens, to the last bit")
  func sums() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let preparer = context.preparer
    let scores = try Self.scores(context, [Self.request(preparer, logprobs: 3)]).scores[0]
    #expect(scores.count == Self.choices.count)
    for (choice, score) in zip(Self.choices, scores) {
      let request = try preparer.numbered(
        .text(Self.context + choice), SamplingParams(temperature: 0, maxTokens: 1, promptLogprobs: 3))
      let output = try #require(try EngineRun(context, [request]).outputs[0])
      let positions = try #require(output.promptLogprobs).suffix(score.tokenIDs.count).map { $0! }
      #expect(score.tokenIDs == Array(output.promptTokenIDs.suffix(score.tokenIDs.count)))
      #expect(score.logprobs == Array(positions) && score.tokenLogprobs == positions.map { $0[0].logprob })
      let sum: Double = positions.reduce(0) { sum, entries in sum + Double(entries[0].logprob) }
      #expect(score.logprob == sum)
      #expect(score.isGreedy == positions.allSatisfy { $0[0].rank == 1 })
      #expect(score.byteCount == choice.utf8.count)
    }
  }

  @Test("what greedy decoding writes is greedy, and nothing else is")
  func greedy() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let written = try #require(
      try EngineRun(
        context,
        [
          context.preparer.numbered(
            .tokenIDs([70, 71, 72]), SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 6))
        ]
      ).outputs[0]?.outputs[0].tokenIDs)
    var other = written
    other[4] = (other[4] + 1) % 200
    let plan = try [written, other, Array(written[..<3])].map { tokens in
      try context.preparer.scored(
        [70, 71, 72], [tokens], byteCounts: [0], SamplingParams(temperature: 0), isText: false)
    }
    let scores = try Self.scores(
      context, plan.enumerated().map { NumberedRequest(id: UInt64($0.offset), prepared: $0.element) }
    ).scores
    #expect(scores.map { $0[0].isGreedy } == [true, false, true])
  }

  @Test(
    "scores have the same bits alone, with other choices, and however they are batched",
    arguments: ["tiny", "mistral-sliding-window", "gemma3"])
  func sameBits(name: String) throws {
    let tiny = name == "tiny" ? try TinyModel() : nil
    let golden = tiny == nil ? try TinyCheckpoint(golden: name, hasTokenizer: true) : nil
    let path = try #require(tiny?.path ?? golden?.path)
    let plain = try ModelContext.load(
      path, configuration: EngineConfiguration(maxNumSeqs: 8, enablePrefixCaching: false))
    let preparer = plain.preparer
    var random = TestRandom(seed: 3)
    var requests: [NumberedRequest] = []
    for id in 0..<10 {
      let beginning = [Int32](repeating: Int32(id % 3 + 65), count: 20)
      let context = beginning + (0..<random.below(20)).map { _ in Int32(random.below(120)) }
      // Few ids, so that texts begin alike.
      let continuations = (0..<random.below(6) + 1).map { _ in
        (0..<random.below(9) + 1).map { _ in Int32(random.below(2) + 80) }
      }
      requests.append(
        NumberedRequest(
          id: UInt64(id),
          prepared: try preparer.scored(
            context, continuations, byteCounts: continuations.map(\.count),
            SamplingParams(temperature: 0, logprobs: id % 2 == 0 ? 2 : nil), isText: false)))
    }
    let others = try (0..<6).map { index in
      try preparer.numbered(
        id: UInt64(100 + index), .tokenIDs([Int32](repeating: Int32(index % 3 + 65), count: 25)),
        SamplingParams(n: index % 2 + 1, temperature: 0.7, ignoreEOS: true, maxTokens: 12), key: UInt64(index)
      )
    }
    let expected = try requests.map { try Self.scores(plain, [$0]).scores[0] }
    for (request, scores) in zip(requests, expected) {
      let plan = try #require(request.prepared.scoring)
      for (index, continuation) in plan.continuations.enumerated() {
        let alone = try preparer.scored(
          request.prepared.contextTokenIDs, [continuation], byteCounts: [continuation.count],
          request.params, isText: false)
        let score = try Self.scores(plain, [NumberedRequest(id: 0, prepared: alone)]).scores[0]
        #expect(score == [scores[index]])
      }
    }
    let rowCount = name == "mistral-sliding-window" ? 14 : 36
    let rowBytes = plain.kvCachePlan.bytesPerBlock * plain.kvCachePlan.layerGroupCount / 16
    for (configuration, preempts) in [
      (EngineConfiguration(threads: 1), false), (EngineConfiguration(blockSize: 4, threads: 2), false),
      (EngineConfiguration(maxNumSeqs: 3, maxNumBatchedTokens: 5, blockSize: 2), false),
      (
        EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 4, kvCacheMemory: rowCount * 4 * rowBytes),
        true
      ),
    ] {
      let context = try ModelContext.load(path, configuration: configuration)
      let run = try EngineRun(context, requests + others)
      for (request, scores) in zip(requests, expected) {
        #expect(run.outputs[request.id]?.scores == scores, "\(request.id) in \(configuration)")
      }
      // Windows give so many blocks up that theirs last.
      #expect(run.statistics.preemptionCount > 0 || !preempts || name != "tiny", "\(configuration)")
      #expect(run.errors.isEmpty)
    }
    withExtendedLifetime((tiny, golden)) {}
  }

  @Test("the context and each common beginning are computed once, and last tokens never")
  func once() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    // One byte a token: 5 of the context, then ab{c{d,e},f}, and x.
    let request = try Self.request(
      context.preparer, ["abcd", "abce", "abf", "x", "abcd", "ab"], behind: .text("12345"))
    let (scores, statistics) = try Self.scores(context, [request])
    #expect(statistics.computedTokenCount == 5 + 3)
    #expect(scores[0].map(\.tokenIDs.count) == [4, 4, 3, 1, 4, 2] && scores[0][0] == scores[0][4])
    #expect(Array(scores[0][0].tokenLogprobs[..<2]) == scores[0][5].tokenLogprobs)
    // Letters that part at once need the context alone.
    let letters = try Self.request(context.preparer, ["A", "B", "C", "D"], behind: .text("12345"))
    #expect(try Self.scores(context, [letters]).statistics.computedTokenCount == 5)
  }

  @Test("a context that other requests had is found in the prefix cache")
  func prefix() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let text = String(repeating: "question ", count: 8)
    let requests = try (0..<4).map {
      try Self.request(context.preparer, id: UInt64($0), ["yes", "no"], behind: .text(text + "\($0)?"))
    }
    let statistics = try Self.scores(context, requests).statistics
    #expect(statistics.prefixHitTokenCount >= 3 * 64)
  }

  @Test(
    "white space at the end of a context goes to the choices, and an empty context is the token that begins texts"
  )
  func border() throws {
    let model = try TinyModel()
    let preparer = try ModelContext.load(model.path, configuration: EngineConfiguration()).preparer
    for space in [" ", "\n\n ", "\u{3000}"] {
      let moved = try Self.request(preparer, ["cold"], behind: .text(Self.context + space)).prepared
      let plain = try Self.request(preparer, [space + "cold"], behind: .text(Self.context)).prepared
      #expect(moved.promptTokenIDs == plain.promptTokenIDs)
      #expect(moved.scoring?.contextTokenCount == Self.context.utf8.count)
      #expect(moved.scoring?.continuations == plain.scoring?.continuations)
    }
    for context in ["", "  "] {
      let request = try Self.request(preparer, ["x"], behind: .text(context)).prepared
      #expect(request.contextTokenIDs == [256])
      #expect(request.scoring?.continuations == [Array(context.utf8).map(Int32.init) + [120]])
    }
    let ids = try Self.request(preparer, [" cold"], behind: .tokenIDs([1, 2])).prepared
    #expect(ids.contextTokenIDs == [1, 2] && ids.scoring?.continuations[0].count == 5)
  }

  @Test("a text is scored in windows that hold each token once, as lm-evaluation-harness cuts them")
  func windows() throws {
    let model = try TinyModel(contextLength: 16)
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    for count in [1, 15, 16, 17, 32, 33, 50] {
      let text = String((0..<count).map { Character(Unicode.Scalar(UInt8(97 + $0 % 7))) })
      let windows = try context.preparer.prepareWindows(ofText: text, SamplingParams())
      #expect(windows.count == (count + 15) / 16)
      let tokens = text.utf8.map(Int32.init)
      for (number, window) in windows.enumerated() {
        let (start, end) = (16 * number, min(16 * number + 16, count))
        #expect(window.contextTokenIDs == (number == 0 ? [256] : Array(tokens[(end - 17)..<start])))
        #expect(window.scoring?.continuations == [Array(tokens[start..<end])])
      }
      let scores = try Self.scores(
        context, windows.enumerated().map { NumberedRequest(id: UInt64($0.offset), prepared: $0.element) }
      ).scores.flatMap { $0 }
      let whole = ContinuationScore.joined(scores)
      #expect(whole.tokenIDs == tokens && whole.byteCount == count)
      #expect(whole.perplexity > 1 && whole.bitsPerByte! > 0)
    }
  }

  @Test("what cannot be scored is refused by name")
  func refusals() throws {
    let model = try TinyModel(contextLength: 16)
    let preparer = try ModelContext.load(model.path, configuration: EngineConfiguration()).preparer
    func message(_ choices: [String], _ prompt: Prompt) -> String {
      do {
        _ = try Self.request(preparer, choices, behind: prompt)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message([], "a").contains("choices is a list of 0 texts"))
    #expect(message(["b", ""], "a").contains("choices[1] adds no token"))
    #expect(message([String(repeating: "b", count: 15)], "ab") == "")
    #expect(message(["b", String(repeating: "b", count: 16)], "ab").contains("choices[1] takes"))
    #expect(message(["b"], .text(String(repeating: "a", count: 17))).contains("the prompt"))
    #expect(message(["b"], .tokenIDs([])).contains("an empty list"))
    #expect(message(["b"], .tokenIDs([1, 300])).contains("prompt token 1 is 300"))
    #expect(message(Array(repeating: "b", count: 1025), "a").contains("1 to 1024"))
    #expect(throws: RequestError.self) { try preparer.prepareWindows(ofText: "", SamplingParams()) }
  }
}
