import Foundation
import QuireKernels
import QuireModelFiles
import QuireModels
import QuireTensorFormats

/// What the bits of answers depend on beside requests and options.
extension ModelContext {
  /// Files of a directory in Hugging Face layout that answers depend on, beside those of the weights.
  private static let fileNames: Set<String> = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json", "vocab.json",
    "merges.txt", "tokenizer.model", "tekken.json", "quantize_config.json", "quant_config.json",
  ]

  /// The files of the model and its adapter, with their names apart from where they are, in an order of their own.
  package var files: [(path: String, name: String)] {
    var own = Set(package.tensors.filePaths)
    if package.layout == .huggingFace {
      own.formUnion(
        Self.files(in: package.path) { Self.fileNames.contains($0) || $0.hasSuffix(".tiktoken") })
    }
    let environment = ProcessInfo.processInfo.environment
    let adapter = configuration.lora.flatMap { try? ModelLocator.resolve($0, environment: environment) }
    let adapted = adapter.map { directory in
      Self.files(in: directory) { $0 == "adapter_config.json" || $0.hasSuffix(".safetensors") }
    }
    return own.sorted().map { ($0, FileSystem.lastComponent($0)) }
      + package.pooling.fileNames.map { (package.path + "/" + $0, $0) }
      + (adapted ?? []).map { ($0, "lora/" + FileSystem.lastComponent($0)) }
  }

  private static func files(in directory: String, _ isTaken: (String) -> Bool) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.filter(isTaken).sorted().map { directory + "/" + $0 }
  }

  /// The instructions that this model's answers depend on in their last bits; nil where all native kernels give the same:
  /// those of quantised and fp32 weights.
  package var decisiveInstructionSet: String? {
    if configuration.matmul == .openblas { return InstructionSet.available[0].rawValue + " by OpenBLAS" }
    if InstructionSet.current == .scalar { return InstructionSet.scalar.rawValue }
    let hasBFloats = package.tensors.tensors.values.contains { $0.format == .bf16 }
    guard hasBFloats, configuration.dtype == .auto, configuration.quantization == .none else { return nil }
    return configuration.weightPrecision == .bfloat16 ? "avx512_bf16" : "without avx512_bf16"
  }
}
