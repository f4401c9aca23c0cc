import Foundation
import QuireKernels
import QuireModels
import QuirePlatform
import Testing

/// The real model's distributions beside Hugging Face transformers' in fp32 (docs/accuracy.md has the whole table).
/// What is summed, the most likely tokens one by one and all others as one, is below the whole divergence.
@Suite("SmolLM2's distributions stay near the oracle's", .enabled(if: smolLM2Path != nil))
struct DivergenceTests {
  @Test(
    "8-bit activations and an f16 cache diverge by at most 0.0025 nats",
    .enabled(if: MatmulBackend.automatic == .native))
  func quantizedActivations() throws {
    let divergence = try Self.divergence(.native, .stored, .float16)
    print("SmolLM2, 8-bit activations, f16 cache: mean divergence \(divergence)")
    #expect(divergence < 0.0025)
  }

  @Test("fp32 diverges by at most 1e-9 nats", arguments: MatmulBackend.allCases)
  func singlePrecision(backend: MatmulBackend) throws {
    let divergence = try Self.divergence(backend, .float32, .float32)
    print("SmolLM2, fp32, \(backend): mean divergence \(divergence)")
    #expect(divergence < 1e-9)
  }

  /// Mean over the golden's positions, in nats.
  private static func divergence(
    _ backend: MatmulBackend, _ precision: WeightPrecision, _ element: KVElement
  ) throws -> Double {
    let golden = try DivergenceGolden.load()
    let rig = ModelRig(
      model: try ModelRig.load(
        #require(smolLM2Path), threadCount: ProcessorCount.usable(), backend: backend, precision: precision),
      blockSize: 16, element: element)
    let rows = try rig.logprobs(golden.tokens, chunkSize: golden.tokens.count)
    var sum = 0.0
    for index in golden.ids.indices {
      let row = rows[index * golden.stride + golden.stride - 1]
      let found = golden.ids[index].map { exp(Double(row[$0])) }
      for (p, q) in zip(golden.logprobs[index], found) { sum += term(exp(p), q) }
      sum += term(exp(golden.others[index]), total(row) - found.reduce(0, +))
    }
    return sum / Double(golden.ids.count)
  }

  /// The sum of all probabilities, 1 but for rounding: in double precision, so that little of it may be left over.
  private static func total(_ row: [Float]) -> Double {
    row.withUnsafeBufferPointer { row in
      var sum = 0.0
      for index in 0..<row.count { sum += exp(Double(row[index])) }
      return sum
    }
  }

  /// Positive however `p` was rounded: over whole distributions `q - p` adds up to nothing.
  private static func term(_ p: Double, _ q: Double) -> Double { p * log(p / q) - p + q }
}

/// The oracle's most likely tokens, made by Tests/Goldens/accuracy/make_golden.py.
private struct DivergenceGolden: Decodable {
  /// The text, one sequence.
  let tokens: [Int32]
  /// Positions `stride - 1`, `2 × stride - 1` and so on are scored.
  let stride: Int
  /// Of each position that is scored, most likely first.
  let ids: [[Int]]
  /// As `ids`.
  let logprobs: [[Double]]
  /// Of each position the logarithm of the other tokens' probability.
  let others: [Double]

  static func load() throws -> DivergenceGolden {
    let url = Golden.directory.deletingLastPathComponent().appending(path: "accuracy/smollm2.json")
    return try JSONDecoder().decode(DivergenceGolden.self, from: Data(contentsOf: url))
  }
}
