import QuireTestSupport
import Quire
import Testing

@Suite("Scores by the library")
struct ScoreTests {
  @Test("choices have the numbers that the prompt's log-probabilities have, alone or among other requests")
  func choices() async throws {
    let model = try TinyModel()
    let llm = try await LLM(model: model.path)
    let choices = ["cold", "colder", "blue"]
    let scores = try await llm.score(choices, behind: "The opposite is ", logprobs: 1)
    for (choice, score) in zip(choices, scores) {
      let output = try await llm.generate(
        ["The opposite is " + choice], SamplingParams(temperature: 0, maxTokens: 1, promptLogprobs: 1))[0]
      // The blank goes to the choice, whose bytes are its own.
      #expect(score.tokenIDs.count == choice.utf8.count + 1 && score.byteCount == choice.utf8.count)
      #expect(score.logprobs == output.promptLogprobs?.suffix(score.tokenIDs.count).map { $0 ?? [] })
    }
    let requests = (0..<6).map { LLM.ScoreRequest(.tokenIDs([Int32($0), 5, 6]), choices: choices) }
    async let others = llm.generate(["a", "b"], SamplingParams(temperature: 1, maxTokens: 9))
    let together = try await llm.score(requests)
    _ = try await others
    for (request, scores) in zip(requests, together) {
      #expect(try await llm.score(choices, behind: request.prompt) == scores)
    }
    let shares = try #require(ContinuationScore.probabilities(of: scores))
    #expect(abs(shares.reduce(0, +) - 1) < 1e-12)
    withExtendedLifetime(model) {}
  }

  @Test("texts longer than the model are scored as a whole, and what cannot be is named by its index")
  func texts() async throws {
    let model = try TinyModel(contextLength: 16)
    let llm = try await LLM(model: model.path)
    let texts = ["ab", String(repeating: "abcdefgh", count: 6), "c"]
    let scores = try await llm.score(texts: texts, logprobs: 0)
    #expect(scores.map(\.tokenIDs.count) == [2, 48, 1] && scores.map(\.byteCount) == [2, 48, 1])
    #expect(scores[1].logprobs?.count == 48)
    #expect(scores.allSatisfy { $0.perplexity > 1 && $0.bitsPerByte! > 0 && $0.logprob < 0 })
    #expect(abs(scores[0].bitsPerByte! * 2 * 0.6931471805599453 + scores[0].logprob) < 1e-9)
    func index(_ body: () async throws -> Void) async -> Int? {
      do {
        try await body()
        return nil
      } catch EngineError.request(let index, _) {
        return index
      } catch {
        return -1
      }
    }
    #expect(await index { _ = try await llm.score(texts: ["a", "", "b"]) } == 1)
    #expect(
      await index {
        _ = try await llm.score([
          LLM.ScoreRequest("a", choices: ["b"]), LLM.ScoreRequest("a", choices: ["b"]),
          LLM.ScoreRequest("a", choices: [""]),
        ])
      } == 2)
    withExtendedLifetime(model) {}
  }

  @Test("sums, means and shares follow from the tokens' logarithms")
  func arithmetic() {
    func score(_ logprobs: [Float], bytes: Int) -> ContinuationScore {
      ContinuationScore(
        tokenIDs: logprobs.indices.map(Int32.init), tokenLogprobs: logprobs, isGreedy: true, byteCount: bytes)
    }
    let first = score([-1, -3], bytes: 8)
    #expect(first.logprob == -4 && first.logprobPerToken == -2 && first.logprobPerByte == -0.5)
    #expect(abs(first.perplexity - 7.38905609893065) < 1e-14)
    #expect(abs(first.bitsPerByte! - 0.7213475204444817) < 1e-15)
    let excluded = score([-1, -.infinity], bytes: 0)
    #expect(excluded.perplexity == .infinity && excluded.logprobPerByte == nil && excluded.bitsPerByte == nil)
    let shares = ContinuationScore.probabilities(of: [first, score([-4], bytes: 1), excluded])
    #expect(shares == [0.5, 0.5, 0])
    #expect(ContinuationScore.probabilities(of: [excluded]) == nil)
    let far = ContinuationScore.probabilities(of: [score([-1], bytes: 1), score([-2000], bytes: 1)])
    #expect(far == [1, 0])
    let joined = ContinuationScore.joined([first, score([-2], bytes: 0)])
    #expect(joined.logprob == -6 && joined.byteCount == 8 && joined.tokenIDs == [0, 1, 0])
  }
}
