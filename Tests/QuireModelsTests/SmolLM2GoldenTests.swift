import Foundation
import QuireKernels
import QuireModels
import QuirePlatform
import Testing

/// SmolLM2-135M-Instruct (the Q4_1 GGUF, computed in fp32) against Hugging Face transformers on its dequantised
/// weights. `QUIRE_TEST_MODEL` names the file.
@Suite("SmolLM2 agrees with the oracle", .enabled(if: smolLM2Path != nil))
struct SmolLM2GoldenTests {
  /// Halves keep eleven bits of keys and values: the cache alone moves a log-probability by up to 0.017 here.
  @Test("log-probabilities with an f16 cache are within 0.05", arguments: MatmulBackend.allCases)
  func halfPrecisionCache(backend: MatmulBackend) throws {
    let path = try #require(smolLM2Path)
    let golden = try Golden.load("smollm2.json")
    let rig = ModelRig(model: try Self.load(path, backend), blockSize: 16, element: .float16)
    let worst = try golden.prompts.map { prompt in
      Comparison.worst(try rig.logprobs(prompt.tokens, chunkSize: 64), golden, prompt)
    }
    print("SmolLM2, \(backend), f16 cache: worst differences in log-probability \(worst)")
    #expect(worst.max()! < 0.05)
  }

  @Test(
    "log-probabilities are within 1e-3 and greedy tokens equal, prompts whole, in chunks and mixed",
    arguments: MatmulBackend.allCases)
  func goldens(backend: MatmulBackend) throws {
    let path = try #require(smolLM2Path)
    let golden = try Golden.load("smollm2.json")
    let rig = ModelRig(model: try Self.load(path, backend), blockSize: 16)
    var worst: Float = 0
    for (index, prompt) in golden.prompts.enumerated() {
      let logprobs = try rig.logprobs(prompt.tokens, chunkSize: [256, 7, 3][index % 3])
      worst = max(worst, Comparison.worst(logprobs, golden, prompt))
    }
    print("SmolLM2, \(backend): worst difference in log-probability \(worst)")
    #expect(worst < 1e-3)

    let continuations = try rig.greedy(
      golden.prompts.map(\.tokens), counts: golden.prompts.map(\.greedy.tokens.count),
      chunkSizes: golden.prompts.indices.map { [64, 5, 1, 16][$0 % 4] })
    var equalCount = 0
    for (tokens, prompt) in zip(continuations, golden.prompts) {
      #expect(Comparison.agrees(tokens, prompt.greedy))
      equalCount += tokens == prompt.greedy.tokens ? 1 : 0
    }
    print(
      "SmolLM2, \(backend): \(equalCount) of \(continuations.count) greedy continuations are the oracle's")
  }

  private static func load(_ path: String, _ backend: MatmulBackend) throws -> any CausalLanguageModel {
    try ModelRig.load(
      path, threadCount: ProcessorCount.usable(), backend: backend, precision: .float32)
  }
}

/// The real model's file, where the environment names one.
let smolLM2Path = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]
