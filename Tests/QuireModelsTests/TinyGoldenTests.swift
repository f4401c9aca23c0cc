import QuireModelFiles
import QuireModels
import Testing

/// Tiny random checkpoints against Hugging Face transformers (fp32, eager attention).
@Suite("Tiny checkpoints agree with the oracle")
struct TinyGoldenTests {
  static let checkpoints = [
    "llama-tied", "llama-untied-head-dim", "llama-rope-llama3", "llama-rope-linear", "llama-biases",
    "mistral-sliding-window", "qwen2", "qwen2-sliding-layers", "qwen3",
  ]
  static let ggufFiles = ["llama", "qwen2"]

  @Test(
    "log-probabilities of safetensors checkpoints are within 1e-3, greedy tokens equal",
    arguments: checkpoints)
  func safetensors(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    try verify(path: checkpoint.path, golden: Golden.load("tiny/\(name).json"), label: name)
  }

  @Test("log-probabilities of GGUF files are within 1e-3, greedy tokens equal", arguments: ggufFiles)
  func gguf(name: String) throws {
    try verify(
      path: Golden.path("gguf/\(name).gguf"), golden: Golden.load("gguf/\(name).json"), label: "\(name).gguf")
  }

  /// Whole prompts, chunks and mixed batches, over several block sizes and shuffled block ids.
  private func verify(path: String, golden: Golden, label: String) throws {
    var worst: Float = 0
    for threadCount in [1, 2] {
      let model = try ModelRig.load(path, threadCount: threadCount)
      for (blockSize, chunkSizes) in [(16, [256, 1]), (1, [3]), (5, [7, 256]), (8, [3]), (32, [7])] {
        let rig = ModelRig(model: model, blockSize: blockSize)
        for prompt in golden.prompts {
          for chunkSize in chunkSizes {
            let logprobs = try rig.logprobs(prompt.tokens, chunkSize: chunkSize)
            worst = max(worst, Comparison.worst(logprobs, golden, prompt))
          }
        }
        let continuations = try rig.greedy(
          golden.prompts.map(\.tokens), counts: golden.prompts.map(\.greedy.tokens.count),
          chunkSizes: golden.prompts.indices.map { [256, 1, 3, 7, 2][$0 % 5] })
        for (tokens, prompt) in zip(continuations, golden.prompts) {
          #expect(Comparison.agrees(tokens, prompt.greedy), "\(label): \(tokens), not \(prompt.greedy)")
        }
      }
    }
    print("\(label): worst difference in log-probability \(worst)")
    #expect(worst < 1e-3)
  }
}
