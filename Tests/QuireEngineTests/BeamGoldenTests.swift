import QuireRequests
import Foundation
import QuireEngine
import QuireTestSupport
import Testing

/// Beam search against Hugging Face transformers; goldens by Tests/Goldens/beams/make_beams.py.
@Suite("Beam search agrees with the oracle")
struct BeamGoldenTests {
  private struct Golden: Decodable {
    let prompts: [Prompt]
  }

  private struct Prompt: Decodable {
    let prompt: [Int32]
    let ends: [Int32]
    let maxTokens: Int
    let searches: [Search]

    enum CodingKeys: String, CodingKey {
      case maxTokens = "max_tokens"
      case prompt, ends, searches
    }
  }

  private struct Search: Decodable {
    let width: Int
    let lengthPenalty: Double
    let earlyStopping: EarlyStopping
    let minTokens: Int?
    let repetitionPenalty: Double?
    let beams: [[Int32]]
    let scores: [Double]

    enum CodingKeys: String, CodingKey {
      case lengthPenalty = "length_penalty"
      case earlyStopping = "early_stopping"
      case minTokens = "min_tokens"
      case repetitionPenalty = "repetition_penalty"
      case width, beams, scores
    }

    func params(maxTokens: Int) -> SamplingParams {
      SamplingParams(
        n: width, repetitionPenalty: repetitionPenalty ?? 1, temperature: 0, maxTokens: maxTokens,
        minTokens: minTokens ?? 0, useBeamSearch: true, lengthPenalty: lengthPenalty,
        earlyStopping: earlyStopping.value)
    }
  }

  /// true, false or "never".
  private struct EarlyStopping: Decodable {
    let value: SamplingParams.EarlyStopping

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        value = flag ? .whenEnoughFinished : .whenUnlikelyToImprove
      } else {
        value = .never
      }
    }
  }

  @Test(
    "the same beams in the same order, scores within 1e-3: tiny checkpoints",
    arguments: ["llama-tied", "qwen3", "mistral-sliding-window", "qwen2-sliding-layers"])
  func tiny(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    try verify(
      checkpoint.path, name,
      [
        EngineConfiguration(dtype: .float32),
        EngineConfiguration(maxNumSeqs: 5, maxNumBatchedTokens: 7, blockSize: 2, dtype: .float32),
      ])
  }

  @Test(
    "the same beams in the same order, scores within 1e-3: SmolLM2",
    .enabled(if: ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"] != nil))
  func smolLM2() throws {
    let path = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]!
    try verify(path, "smollm2", [EngineConfiguration(dtype: .float32)])
  }

  private func verify(_ path: String, _ name: String, _ configurations: [EngineConfiguration]) throws {
    let data = try Data(contentsOf: TinyCheckpoint.goldens.appending(path: "beams/\(name).json"))
    let golden = try JSONDecoder().decode(Golden.self, from: data)
    for configuration in configurations {
      let engine = try LLMEngine(context: ModelContext.load(path, configuration: configuration))
      var expected: [UInt64: Search] = [:]
      for prompt in golden.prompts {
        for search in prompt.searches {
          let id = UInt64(expected.count)
          expected[id] = search
          var preparer = engine.context.preparer
          preparer.eosTokenIDs = prompt.ends
          try engine.add(
            preparer.numbered(id: id, .tokenIDs(prompt.prompt), search.params(maxTokens: prompt.maxTokens)))
        }
      }
      var worst = 0.0
      while engine.unfinishedRequestCount > 0 {
        for request in engine.step() {
          let search = try #require(expected[request.id])
          expected[request.id] = nil
          let output = try request.result.get()
          #expect(output.outputs.map(\.tokenIDs) == search.beams, "\(name): \(search)")
          for (answer, score) in zip(output.outputs, search.scores) {
            let sum = try #require(answer.cumulativeLogprob)
            let own = sum / pow(Double(answer.tokenIDs.count), search.lengthPenalty)
            worst = max(worst, abs(own - score))
          }
        }
      }
      #expect(expected.isEmpty)
      print("\(name): worst difference in score \(worst)")
      #expect(worst < 1e-3)
    }
  }
}
