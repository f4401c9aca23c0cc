import Foundation
import QuireKernels
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTestSupport
import QuireTensorFormats
import Testing

/// Tiny quantised checkpoints against Hugging Face transformers on their dequantised weights (fp32, eager attention).
@Suite("Quantised checkpoints agree with the oracle")
struct QuantizedGoldenTests {
  /// Made by formula and dequantised by the published rules: Tests/Goldens/models/make_quantized.py.
  static let formulas = [
    "gptq-llama", "gptq-qwen2-ordered", "gptq-llama-own-orders", "gptq-mistral-dynamic", "gptq-phi3-8bit",
    "gptq-qwen", "gptq-llama-groups-of-16", "gptq-qwen2-some-layers", "gptq-llama-head", "awq-llama",
    "awq-qwen2-column",
    "compressed-llama", "compressed-qwen2-ordered", "compressed-mistral-w8", "compressed-llama-int",
    "compressed-phi3-int", "compressed-llama-single", "mxfp4-llama",
  ]
  /// Packed and dequantised by packages that are not ours: Tests/Goldens/models/make_packed.py.
  static let packages = [
    "gptqmodel-v1", "gptqmodel-v2-ordered", "gptqmodel-8bit", "autoawq", "compressed-w4",
    "compressed-w4-zero-points", "compressed-w8-int", "compressed-mxfp4",
  ]

  @Test(
    "log-probabilities in fp32 are within 1e-4, greedy tokens equal", arguments: formulas + packages,
    MatmulBackend.allCases)
  func float32(name: String, backend: MatmulBackend) throws {
    let checkpoint = try Checkpoint(name)
    let model = try ModelRig.load(
      checkpoint.path, threadCount: 2, backend: backend, precision: .float32)
    let rig = ModelRig(model: model, blockSize: 16)
    var worst: Float = 0
    for prompt in checkpoint.golden.prompts {
      for chunkSize in [256, 3] {
        worst = max(
          worst,
          Comparison.worst(
            try rig.logprobs(prompt.tokens, chunkSize: chunkSize), checkpoint.golden, prompt))
      }
      let tokens = try rig.greedy(
        [prompt.tokens], counts: [prompt.greedy.tokens.count], chunkSizes: [7])[0]
      #expect(Comparison.agrees(tokens, prompt.greedy), "\(name): \(tokens), not \(prompt.greedy)")
    }
    print("\(name), \(backend), fp32: worst difference in log-probability \(worst)")
    #expect(worst < 1e-4)
  }

  /// The logits of the packages' checkpoints spread some ten times as far as those of the others.
  @Test("log-probabilities with 8-bit activations are near", arguments: formulas + packages)
  func quantizedActivations(name: String) throws {
    let checkpoint = try Checkpoint(name)
    let model = try ModelRig.load(checkpoint.path, threadCount: 2, backend: .native, precision: .stored)
    let rig = ModelRig(model: model, blockSize: 16, element: .float32)
    var worst: Float = 0
    for prompt in checkpoint.golden.prompts {
      let whole = try rig.logprobs(prompt.tokens, chunkSize: 256)
      // The step that a token is computed in changes nothing, however its columns are ordered.
      #expect(try rig.logprobs(prompt.tokens, chunkSize: 3) == whole)
      worst = max(worst, Comparison.worst(whole, checkpoint.golden, prompt))
    }
    print("\(name), 8-bit activations: worst difference in log-probability \(worst)")
    #expect(worst < (Self.formulas.contains(name) ? 0.3 : 2))
  }

  @Test("every weight is the published rule's to the last bit", arguments: formulas)
  func weights(name: String) throws {
    struct Sums: Decodable { let weights: [String: [String]] }
    let checkpoint = try Checkpoint(name)
    let expected = try JSONDecoder().decode(Sums.self, from: Golden.data("tiny/\(name).json")).weights
    let package = try ModelPackage.open(checkpoint.path)
    let team = ThreadTeam(threadCount: 2)
    var seen = 0
    let plan = package.plan
    let sources =
      plan.layers.flatMap { layer in
        [
          layer.attention.queryKeyValue.weights, layer.attention.output.weights,
          layer.feedForward.gateUp.weights,
          layer.feedForward.down.weights,
        ]
      } + (plan.outputHead.map { [$0] } ?? [])
    for source in sources {
      var sums: [String: [UInt64]] = [:]
      for part in source.parts {
        let tensor = part.tensors[0].name
        guard let module = expected.keys.first(where: { tensor.hasPrefix($0 + ".") }) else { continue }
        try part.withRows(of: package.tensors, on: team) { rows in
          var values = [Float](repeating: .nan, count: rows.columnCount)
          for row in 0..<rows.rowCount {
            rows.dequantize(row: row, to: &values)
            for value in values {
              let bits = UInt64((value + 0).bitPattern)
              let index = (sums[module]?[2] ?? 0) + 1
              sums[module] = [
                (sums[module]?[0] ?? 0) &+ bits, (sums[module]?[1] ?? 0) &+ bits &* index, index,
              ]
            }
          }
        }
      }
      for (module, sums) in sums {
        #expect(sums.map(String.init) == expected[module], "\(module)")
        seen += 1
      }
    }
    #expect(seen == expected.count)
  }

  /// A checkpoint of either kind, in a directory of its own.
  private final class Checkpoint {
    let golden: Golden
    let path: String
    private let tiny: TinyCheckpoint?

    init(_ name: String) throws {
      if QuantizedGoldenTests.formulas.contains(name) {
        let tiny = try TinyCheckpoint(golden: name)
        (self.tiny, path, golden) = (tiny, tiny.path, try Golden.load("tiny/\(name).json"))
        return
      }
      tiny = nil
      golden = try Golden.load("packed/\(name).json")
      let directory = FileManager.default.temporaryDirectory.appending(
        path: "quire-packed-\(UUID().uuidString)")
      path = directory.path
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      let document = try JSONSerialization.jsonObject(with: try Golden.data("packed/\(name).json"))
      let config = (document as? [String: Any])?["config"] ?? [:]
      try JSONSerialization.data(withJSONObject: config).write(to: directory.appending(path: "config.json"))
      try Data("{}".utf8).write(to: directory.appending(path: "tokenizer.json"))
      try FileManager.default.copyItem(
        atPath: Golden.path("packed/\(name).safetensors"), toPath: path + "/model.safetensors")
    }

    deinit { if tiny == nil { try? FileManager.default.removeItem(atPath: path) } }
  }
}
