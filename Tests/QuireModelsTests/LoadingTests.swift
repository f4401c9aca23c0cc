import QuireKernels
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTestSupport
import Testing

@Suite("Loading a model")
struct LoadingTests {
  @Test(
    "a tensor with NaN or an infinity is refused by name",
    arguments: [
      "model.embed_tokens.weight", "lm_head.weight", "model.norm.weight", "model.layers.1.mlp.up_proj.weight",
      "model.layers.0.self_attn.k_norm.weight",
    ], [Float.nan, .infinity])
  func notFinite(tensor: String, value: Float) throws {
    let checkpoint = try TinyCheckpoint(golden: "qwen3") { name, values in
      if name == tensor { values[values.count / 2] = value }
    }
    let error = try #require(throws: ModelFileError.self) {
      _ = try ModelRig.load(checkpoint.path, threadCount: 2)
    }
    #expect(error.description.contains(tensor))
  }

  @Test("the planned weight memory is what the loaded model takes", arguments: TinyGoldenTests.checkpoints)
  func plannedMemory(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let package = try ModelPackage.open(checkpoint.path)
    let model = try ModelLoading.load(package, backend: .openblas, team: ThreadTeam(threadCount: 1))
    #expect(ModelLoading.weightByteCount(package, backend: .openblas) == model.weightByteCount)
  }

  @Test("a block of the cache takes two floats for each element of keys in each layer")
  func blockBytes() throws {
    let checkpoint = try TinyCheckpoint(golden: "qwen3")
    let shape = try ModelPackage.open(checkpoint.path).shape
    #expect(
      shape.layerCount * KVCache.byteCountPerLayer(shape: shape, blockSize: 16, element: .float32)
        == 16 * shape.keyValueElementsPerToken * 4)
    #expect(
      shape.layerCount * KVCache.byteCountPerLayer(shape: shape, blockSize: 16, element: .float16)
        == 16 * shape.keyValueElementsPerToken * 2)
  }

  @Test("the workspace's planned memory covers every buffer")
  func workspaceBytes() throws {
    let checkpoint = try TinyCheckpoint(golden: "llama-tied")
    let sizes = try ModelPackage.open(checkpoint.path).plan.sizes
    func floats(_ tokenCount: Int, _ logitRowCount: Int) -> Int {
      ModelWorkspace.byteCount(
        sizes: sizes, maxTokenCount: tokenCount, maxLogitRowCount: logitRowCount) / 4
    }
    // Residual stream, norm and what blocks add: 48 each; queries 48, keys and values 16 each.
    let perToken = 3 * 48 + 48 + 2 * 16
    // Gate, up and their product: 80 each, for 512 tokens at most; logits: 160 a row.
    #expect(floats(1, 1) == perToken + 3 * 80 + 160)
    #expect(floats(2, 1) == 2 * (perToken + 3 * 80) + 160)
    #expect(floats(600, 7) == 600 * perToken + 512 * 3 * 80 + 7 * 160)
  }
}
