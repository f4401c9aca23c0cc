import Foundation
import Quire
import QuireModelFiles
import QuireTestSupport
import Testing

@testable import QuireConversion

/// Checkpoints of every family, whose answers the written file must give.
@Suite("Conversion of families")
struct FamilyConversionTests {
  /// The tiny checkpoints that a GGUF file can say, with the length of texts where it is less than the checkpoint's.
  static let names: [String: Int?] = [
    "llama-tied": nil, "llama-biases": nil, "llama-untied-head-dim": nil, "llama-rope-linear": nil,
    "llama-rope-llama3": nil, "llama-rope-dynamic": 24,
    "mistral-sliding-window": nil,
    "ministral": 6, "qwen": 24, "qwen2": nil, "qwen2-rope-yarn": nil,
    "qwen2-sliding-layers": 5, "qwen3": nil, "smollm3": nil, "granite": nil, "olmo2": nil,
    "phi3-longrope-long": nil,
    "phi3-longrope-short": nil, "phi3-sliding-window": nil, "gemma2": nil, "gemma3": nil,
    "gptq-llama": nil, "gptq-llama-own-orders": nil, "gptq-qwen2-ordered": nil, "gptq-phi3-8bit": nil,
    "gptq-llama-head": nil, "awq-llama": nil, "compressed-llama": nil, "compressed-mistral-w8": nil,
    "compressed-phi3-int": nil, "mxfp4-llama": nil, "ministral3": nil, "olmo3": nil,
  ]

  /// What is changed in configurations whose made-up numbers no GGUF file could say.
  private static let changes: [String: [String: any Sendable]] = [
    "gemma2": ["query_pre_attn_scalar": 12], "gemma3": ["query_pre_attn_scalar": 16],
    "smollm3": ["no_rope_layers": [1, 1, 1, 0, 1], "no_rope_layer_interval": 4],
  ]

  private func checkpoint(_ name: String) throws -> TinyCheckpoint {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let file = URL(filePath: checkpoint.path + "/config.json")
    var config = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    for (key, value) in Self.changes[name] ?? [:] { config[key] = value }
    try JSONSerialization.data(withJSONObject: config).write(to: file)
    return checkpoint
  }

  private func convert(
    _ checkpoint: TinyCheckpoint, to format: ConversionFormat
  ) throws -> (path: String, conversion: ModelConversion) {
    let path = checkpoint.path + "/\(format.rawValue).gguf"
    let conversion = try ModelConversion(checkpoint.path, to: format, threadCount: 1)
    _ = try conversion.write(to: path, overwrite: true)
    return (path, conversion)
  }

  /// The checkpoints with numbers that a file rounds, so that log-probabilities differ in their last bits.
  private static let rounded: Set = ["llama-rope-llama3", "ministral3"]

  private func answers(_ path: String, promptLengths: [Int], withLogprobs: Bool) async throws -> [String] {
    let llm = try await LLM(
      model: path, configuration: EngineConfiguration(kvCacheMemory: 8 << 20, threads: 1, dtype: .float32))
    let prompts = promptLengths.map { length in (0..<length).map { Int32(3 + $0 * 7 % 80) } }
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 4, logprobs: 2)
    return try await llm.generate(promptTokenIDs: prompts, params).map { output in
      withLogprobs ? String(describing: output.outputs) : String(describing: output.outputs.map(\.tokenIDs))
    }
  }

  @Test(
    "a file in single precision gives the checkpoint's answers, to the last bit where it keeps all numbers",
    arguments: names.keys.sorted())
  func answers(name: String) async throws {
    let checkpoint = try checkpoint(name)
    let (path, conversion) = try convert(checkpoint, to: .f32)
    let limit = Self.names[name] ?? nil
    let told = conversion.warnings.map(\.text).filter { $0.contains("texts of the converted model") }
    #expect(told.count == (limit == nil ? 0 : 1))
    if let limit { #expect(told.allSatisfy { $0.contains("at most \(limit) tokens") }, "\(told)") }
    let lengths = limit.map { [1, max(1, $0 - 4)] } ?? [1, 9, 33]
    let isExact = !Self.rounded.contains(name)
    let found = try await answers(path, promptLengths: lengths, withLogprobs: isExact)
    #expect(try await found == answers(checkpoint.path, promptLengths: lengths, withLogprobs: isExact))
    if let limit {
      await #expect(throws: (any Error).self) {
        try await answers(path, promptLengths: [limit + 1], withLogprobs: false)
      }
    }
  }

  @Test(
    "what a file cannot say at any length is refused",
    arguments: ["smollm3-listed-layers", "gemma2-no-caps", "llama-rope-yarn-mscale", "qwen-plain"])
  func refused(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    #expect(throws: ConversionError.self) { try convert(checkpoint, to: .f32) }
    let files = try FileManager.default.contentsOfDirectory(atPath: checkpoint.path)
    #expect(!files.contains { $0.contains("gguf") })
  }

  @Test("a quantised checkpoint is written in blocks, with a word about what is lost")
  func requantised() throws {
    let checkpoint = try TinyCheckpoint(golden: "gptq-llama", hasTokenizer: true)
    let (_, conversion) = try convert(checkpoint, to: .q8_0)
    #expect(conversion.warnings.contains { $0.text.contains("are quantised already") })
    let (_, whole) = try convert(TinyCheckpoint(golden: "llama-tied", hasTokenizer: true), to: .q8_0)
    #expect(whole.warnings == [])
  }
}
