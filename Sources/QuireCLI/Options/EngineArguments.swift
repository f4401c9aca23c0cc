import ArgumentParser
import QuireEngine
import QuireKernels

/// How the engine runs; the answers do not depend on it, but for `--max-model-len` and the number format.
struct EngineArguments: ParsableArguments {
  enum DataType: String, CaseIterable, ExpressibleByArgument {
    case auto, float32, bfloat16
  }
  enum KVCacheDataType: String, CaseIterable, ExpressibleByArgument {
    case auto, float32, float16, int8

    var configured: EngineConfiguration.KVCacheDataType {
      switch self {
      case .auto: .auto
      case .float32: .float32
      case .float16: .float16
      case .int8: .int8
      }
    }
  }
  enum Quantization: String, CaseIterable, ExpressibleByArgument {
    case none, int8
  }
  enum Speculation: String, CaseIterable, ExpressibleByArgument {
    case auto, off
  }
  enum MatrixProduct: String, CaseIterable, ExpressibleByArgument {
    case auto, native, openblas

    var backend: MatmulBackend {
      switch self {
      case .auto: .automatic
      case .native: .native
      case .openblas: .openblas
      }
    }
  }

  @Option(
    name: .customLong("max-model-len"), parsing: .unconditional,
    help: "Longest prompt and answer together, in tokens.")
  var maxModelLength: Int?
  @Option(name: .customLong("max-num-seqs"), parsing: .unconditional, help: "Sequences that run at a time.")
  var maxSequenceCount = 256
  @Option(
    name: .customLong("max-num-batched-tokens"), parsing: .unconditional,
    help: "Tokens of one step; also bounds a prefill chunk.")
  var maxBatchedTokenCount = 2048
  @Option(name: .customLong("block-size"), parsing: .unconditional, help: "Tokens of a KV cache block.")
  var blockSize = 16
  @Option(
    name: .customLong("kv-cache-memory"), parsing: .unconditional,
    help: "Bytes of the KV cache, as in 2GiB; otherwise a share of the free memory.")
  var kvCacheMemory: String?
  @Flag(
    name: .customLong("enable-chunked-prefill"), inversion: .prefixedNo,
    help: "Compute long prompts in chunks.")
  var enablesChunkedPrefill = true
  @Flag(
    name: .customLong("enable-prefix-caching"), inversion: .prefixedNo,
    help: "Compute once what prompts have in common at their start.")
  var enablesPrefixCaching = true
  @Option(
    help:
      "Compute expected tokens before they are drawn: auto (where it is faster), off. Answers are the same.")
  var speculation: Speculation?
  @OptionGroup var threading: ThreadArguments
  @Option(name: .customLong("dtype"), help: "Numbers to compute in: auto, float32.")
  var dataType = DataType.auto
  @Option(
    name: .customLong("kv-cache-dtype"),
    help: "Numbers of the KV cache: auto, float32, float16, int8.")
  var kvCacheDataType = KVCacheDataType.auto
  @Option(help: "Quantisation of floating-point weights while loading: none, int8.")
  var quantization = Quantization.none
  @Option(
    help:
      "A directory with a LoRA adapter, as peft saves it, that is merged into the weights while they load.",
    completion: .directory)
  var lora: String?
  @Option(help: "Matrix products: auto, native, openblas.")
  var matmul = MatrixProduct.auto

  /// Every value checked, as the engine takes them; `change` sets what is no option of this group.
  ///
  /// - Parameter usualSpeculation: where the option is not given.
  func configuration(
    generationConfig: String = "none", usualSpeculation: Speculation = .auto,
    change: (inout EngineConfiguration) -> Void = { _ in }
  ) throws -> EngineConfiguration {
    let counts: [(String, Int?)] = [
      ("--max-model-len", maxModelLength), ("--max-num-seqs", maxSequenceCount),
      ("--max-num-batched-tokens", maxBatchedTokenCount), ("--block-size", blockSize),
      ("--threads", threading.threads),
    ]
    for case (let name, let value?) in counts where value < 1 {
      throw CommandError(.usage, "\(name) is \(value), but must be at least 1")
    }
    var cacheSize: ByteSize?
    if let kvCacheMemory {
      cacheSize = ByteSize(argument: kvCacheMemory)
      guard cacheSize != nil else {
        throw CommandError(
          .usage,
          "--kv-cache-memory is \(kvCacheMemory), but must be a number of bytes above 0, as in 512MiB or 2GiB"
        )
      }
    }
    if dataType == .bfloat16 {
      throw CommandError(
        .usage, "--dtype is bfloat16, which this version does not support: it must be auto or float32")
    }
    try Self.checkInstructionSet()
    let defaults: EngineConfiguration.GenerationConfigSource =
      switch generationConfig {
      case "auto": .auto
      case "none": .none
      default: .file(generationConfig)
      }
    var configuration = EngineConfiguration(
      maxNumSeqs: maxSequenceCount, maxNumBatchedTokens: maxBatchedTokenCount, blockSize: blockSize,
      kvCacheMemory: cacheSize?.byteCount, maxModelLen: maxModelLength,
      enableChunkedPrefill: enablesChunkedPrefill, enablePrefixCaching: enablesPrefixCaching,
      speculation: (speculation ?? usualSpeculation) == .auto ? .auto : .off, threads: threading.threads,
      matmul: matmul.backend, dtype: dataType == .float32 ? .float32 : .auto,
      kvCacheDtype: kvCacheDataType.configured,
      quantization: quantization == .int8 ? .int8 : .none, lora: lora, generationConfig: defaults)
    change(&configuration)
    return configuration
  }

  /// Throws where the environment asks for an instruction set that is not there.
  static func checkInstructionSet() throws {
    do throws(InstructionSetError) {
      try InstructionSet.check()
    } catch {
      throw CommandError(.usage, error.description)
    }
  }
}
