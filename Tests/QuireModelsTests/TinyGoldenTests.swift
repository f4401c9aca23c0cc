import QuireKernels
import QuireModelFiles
import QuireModels
import QuireTestSupport
import Testing

/// Tiny random checkpoints against Hugging Face transformers (fp32, eager attention).
@Suite("Tiny checkpoints agree with the oracle")
struct TinyGoldenTests {
  static let checkpoints = [
    "llama-tied", "llama-untied-head-dim", "llama-rope-llama3", "llama-rope-linear", "llama-biases",
    "mistral-sliding-window", "qwen2", "qwen2-sliding-layers", "qwen3",
    "phi3-sliding-window", "phi3-longrope-short", "phi3-longrope-long",
    "gemma2", "gemma2-no-caps", "gemma3", "gemma3-transformers4",
    "qwen2-rope-yarn", "llama-rope-yarn-mscale", "llama-rope-dynamic", "olmo2", "olmo2-biases", "smollm3",
    "smollm3-listed-layers", "granite", "ministral", "qwen", "qwen-plain", "ministral3", "olmo3",
    "olmo3-transformers4",
  ]
  static let ggufFiles = [
    "llama", "qwen2", "phi3", "gemma2", "gemma3", "qwen2-yarn", "olmo2", "smollm3", "granite", "qwen",
    "olmo2-windows", "mistral3",
  ]

  @Test(
    "log-probabilities of safetensors checkpoints are within 1e-4, greedy tokens equal",
    arguments: checkpoints, MatmulBackend.allCases)
  func safetensors(name: String, backend: MatmulBackend) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    try verify(
      path: checkpoint.path, golden: Golden.load("tiny/\(name).json"), backend, .stored, label: name)
  }

  @Test(
    "log-probabilities of GGUF files computed in fp32 are within 1e-4, greedy tokens equal",
    arguments: ggufFiles, MatmulBackend.allCases)
  func gguf(name: String, backend: MatmulBackend) throws {
    try verify(
      path: Golden.path("gguf/\(name).gguf"), golden: Golden.load("gguf/\(name).json"), backend, .float32,
      label: "\(name).gguf")
  }

  /// Of these layers of 64 columns, with weights as random as can be, 8 bits of activations move a log-probability
  /// further than in a model that has learnt something.
  @Test("log-probabilities of GGUF files with 8-bit activations are within 0.3", arguments: ggufFiles)
  func quantizedActivations(name: String) throws {
    let worst = try worst(
      path: Golden.path("gguf/\(name).gguf"), golden: Golden.load("gguf/\(name).json"), .stored, .float32)
    print("\(name).gguf, 8-bit activations: worst difference in log-probability \(worst)")
    #expect(worst < 0.3)
  }

  @Test(
    "log-probabilities of checkpoints with 8-bit weights and activations are within 0.6",
    arguments: checkpoints
  )
  func quantizedCheckpoint(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let worst = try worst(path: checkpoint.path, golden: Golden.load("tiny/\(name).json"), .int8, .float32)
    print("\(name), 8-bit weights and activations: worst difference in log-probability \(worst)")
    #expect(worst < 0.6)
  }

  @Test("log-probabilities of checkpoints with an f16 cache are within 0.02", arguments: checkpoints)
  func halfPrecisionCache(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let worst = try worst(path: checkpoint.path, golden: Golden.load("tiny/\(name).json"), .stored, .float16)
    print("\(name), f16 cache: worst difference in log-probability \(worst)")
    #expect(worst < 0.02)
  }

  /// The worst difference of a log-probability on the native kernels, over whole prompts and chunks.
  private func worst(
    path: String, golden: Golden, _ precision: WeightPrecision, _ element: KVElement
  ) throws -> Float {
    let model = try ModelRig.load(path, threadCount: 2, backend: .native, precision: precision)
    let rig = ModelRig(model: model, blockSize: 16, element: element)
    var worst: Float = 0
    for prompt in golden.prompts {
      for chunkSize in [256, 3] {
        let logprobs = try rig.logprobs(prompt.tokens, chunkSize: chunkSize)
        worst = max(worst, Comparison.worst(logprobs, golden, prompt))
      }
    }
    return worst
  }

  /// Whole prompts, chunks and mixed batches, over several block sizes and shuffled block ids.
  private func verify(
    path: String, golden: Golden, _ backend: MatmulBackend, _ precision: WeightPrecision, label: String
  ) throws {
    var worst: Float = 0
    for threadCount in [1, 2] {
      let model = try ModelRig.load(
        path, threadCount: threadCount, backend: backend, precision: precision)
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
    print("\(label), \(backend): worst difference in log-probability \(worst)")
    #expect(worst < 1e-4)
  }
}
