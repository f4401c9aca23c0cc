import QuireChat
import QuireJSON
public import QuireKernels
import QuireRequests
import QuireTemplates

/// What the engine may use, and how it schedules. Only the model's length, the number format, the adapter, the seed, the chat
/// format and the defaults change an answer; `matmul` does in the last bits.
public struct EngineConfiguration: Sendable, Equatable {
  /// How many sequences may run in one step of an engine; at least 1. vLLM's `max_num_seqs`.
  public var maxNumSeqs: Int
  /// How many tokens one step may compute, prompts and decodes together; at least 1. It also bounds a
  /// prefill chunk, and may be smaller than `maxNumSeqs`. vLLM's `max_num_batched_tokens`.
  public var maxNumBatchedTokens: Int
  /// Tokens in one block of the KV cache; 1…1024.
  public var blockSize: Int
  /// Bytes for the KV cache, of all engines together; nil takes a share of the memory that is free (see `KVCachePlan`).
  public var kvCacheMemory: Int?
  /// The longest prompt plus answer, in tokens; nil is the model's own length. It cannot exceed that.
  public var maxModelLen: Int?
  /// Whether a prompt may be computed in several steps. Without it a prompt longer than
  /// `maxNumBatchedTokens` is refused.
  public var enableChunkedPrefill: Bool
  /// Whether sequences that begin with the same tokens share the blocks that hold them, instead of computing them again.
  /// vLLM's `enable_prefix_caching`.
  public var enablePrefixCaching: Bool
  /// Whether tokens that are expected are computed together with the one before them, where that is likely to be faster.
  /// Not with `openblas`, whose products depend on their number in the last bits.
  public var speculation: Speculation
  /// Threads that compute, in all engines together; nil takes the cores that the process may use.
  public var threads: Int?
  /// Engines side by side over one copy of the weights, each with its part of the threads and of the KV cache; nil takes
  /// one for eight threads (`docs/scaling.md`). Only a batch job takes more than one.
  public var engines: Int? = 1
  /// What multiplies matrices.
  public var matmul: MatmulBackend
  /// The numbers that are computed with.
  public var dtype: DataType
  /// The numbers that keys and values are kept as.
  public var kvCacheDtype: KVCacheDataType
  /// Whether floating-point weights are quantised while loading; quantised files stay as they are.
  public var quantization: Quantization
  /// A LoRA adapter that is merged into the weights while they are loaded, in single precision: a directory as peft saves
  /// it, or its name in a local cache; nil for none.
  public var lora: String?
  /// The run's seed, for requests without a seed of their own.
  public var seed: UInt64
  /// Whether `generation_config.json` gives defaults.
  public var generationConfig: GenerationConfigSource
  /// What makes prompts of conversations: `auto` for the model's own chat template, a format that is written by hand
  /// (`chatml`, `llama3`, `mistral`, `gemma`), the name of another of the model's templates, the path of a template, or
  /// its text.
  public var chatTemplate: String
  /// What chat templates take for today, as in `2024-07-26`; never the clock's date, so that answers stay the same.
  public var chatDate: String
  /// Whether answers to conversations tell what the model thinks apart from what it says.
  public var reasoningParser: ReasoningParser

  /// Whether tokens are computed before they are drawn.
  public enum Speculation: String, Sendable, CaseIterable {
    /// As many as past steps say is faster; answers are the same.
    case auto
    /// No token is drafted.
    case off
  }

  /// How thoughts are told from answers.
  public enum ReasoningParser: String, Sendable, CaseIterable {
    /// By the markers of the model's chat template, where it has some and the vocabulary has them.
    case auto
    /// Not at all: thoughts stay in the text.
    case none
  }

  /// The numbers that are computed with.
  public enum DataType: String, Sendable, CaseIterable {
    /// The file's own; quantised weights with activations of 8 bits, and bfloat16 weights with bfloat16 activations on
    /// processors with instructions for them.
    case auto
    /// fp32 on dequantised weights: the exact mode of any file.
    case float32
  }

  /// The numbers that keys and values are kept as. vLLM's `kv_cache_dtype`.
  public enum KVCacheDataType: String, Sendable, CaseIterable {
    /// fp32 where `dtype` is that, half precision elsewhere.
    case auto
    /// Keys and values stay in fp32.
    case float32
    /// Keys and values are rounded to half precision.
    case float16
    /// Bytes with a scale for each position and head, half the memory of half precision; attention multiplies bytes.
    case int8
  }

  /// What happens to floating-point weights while they are loaded.
  public enum Quantization: String, Sendable, CaseIterable {
    /// No weights are quantised while loading.
    case none
    /// They become bytes with one scale a row, and activations bytes in blocks of 32; native kernels only.
    case int8
  }

  /// Where defaults of the sampling parameters come from.
  public enum GenerationConfigSource: Sendable, Equatable {
    /// The `generation_config.json` beside the model.
    case auto
    /// None: vLLM's own defaults.
    case none
    /// Another file of that kind.
    case file(String)
  }

  /// Creates a configuration; every argument has the default of the command line.
  public init(
    maxNumSeqs: Int = 256, maxNumBatchedTokens: Int = 2048, blockSize: Int = 16,
    kvCacheMemory: Int? = nil, maxModelLen: Int? = nil, enableChunkedPrefill: Bool = true,
    enablePrefixCaching: Bool = true, speculation: Speculation = .auto, threads: Int? = nil,
    matmul: MatmulBackend = .automatic, dtype: DataType = .auto, kvCacheDtype: KVCacheDataType = .auto,
    quantization: Quantization = .none, lora: String? = nil, seed: UInt64 = 0,
    generationConfig: GenerationConfigSource = .auto,
    chatTemplate: String = "auto", chatDate: String = Self.defaultChatDate,
    reasoningParser: ReasoningParser = .auto
  ) {
    self.maxNumSeqs = maxNumSeqs
    self.maxNumBatchedTokens = maxNumBatchedTokens
    self.blockSize = blockSize
    self.kvCacheMemory = kvCacheMemory
    self.maxModelLen = maxModelLen
    self.enableChunkedPrefill = enableChunkedPrefill
    self.enablePrefixCaching = enablePrefixCaching
    self.speculation = speculation
    self.threads = threads
    self.matmul = matmul
    self.dtype = dtype
    self.kvCacheDtype = kvCacheDtype
    self.quantization = quantization
    self.lora = lora
    self.seed = seed
    self.generationConfig = generationConfig
    self.chatTemplate = chatTemplate
    self.chatDate = chatDate
    self.reasoningParser = reasoningParser
  }

  /// The date that Llama 3's templates fall back on.
  public static let defaultChatDate = "2024-07-26"

  /// Checks every range. Throws `EngineError.option` with the option, the value and the range, and
  /// `EngineError.environment` where the environment asks for an instruction set that is not there, or lacks OpenBLAS.
  ///
  /// - Parameter blas: the library, asked for only where it is to multiply.
  package func validate(blas: @autoclosure () -> OpenBLAS? = .shared) throws(EngineError) {
    try EngineError.check(.maxNumSeqs, maxNumSeqs, 1...65_536)
    try EngineError.check(.maxNumBatchedTokens, maxNumBatchedTokens, 1...1_048_576)
    try EngineError.check(.blockSize, blockSize, 1...1024)
    let unit = keyValueElement.blockSizeUnit
    guard blockSize % unit == 0 else {
      throw .option(
        OptionError(
          .blockSize, found: "\(blockSize) with \(option: .kvCacheDtype) \(kvCacheDtype.rawValue)",
          expected: "a multiple of \(unit)"))
    }
    if let threads { try EngineError.check(.threads, threads, 1...1024) }
    if let engines { try EngineError.check(.engines, engines, 1...EngineLayout.engineLimit) }
    guard TemplateDate(text: chatDate) != nil else {
      throw .option(
        OptionError(
          .chatDate, found: ErrorText(Excerpt.quoted(chatDate)), expected: "a date, as in 2024-07-26"))
    }
    if let maxModelLen { try EngineError.check(.maxModelLen, maxModelLen, 1...Int(Int32.max)) }
    if let kvCacheMemory { try EngineError.check(.kvCacheMemory, kvCacheMemory, 1...Int.max) }
    do throws(InstructionSetError) {
      try InstructionSet.check()
    } catch {
      throw .environment(error.description)
    }
    guard matmul != .native || MatmulBackend.automatic == .native else {
      throw .option(
        OptionError(
          .matmul,
          found:
            "\(option: .matmul) is native, which needs a processor with AVX2 or AVX-512, and this "
            + "one has neither",
          remedy: "take auto or openblas"))
    }
    guard matmul != .openblas || blas() != nil else { throw .environment(OpenBLAS.missing) }
    guard quantization == .none || (matmul == .native && dtype == .auto) else {
      throw .option(
        OptionError(
          .quantization,
          found:
            "\(option: .quantization) is \(quantization.rawValue), which needs the native kernels "
            + "and \(option: .dtype) auto",
          remedy: "\(option: .matmul) is \(matmul.rawValue), \(option: .dtype) \(dtype.rawValue)"))
    }
  }

  /// Whether tokens are drafted: OpenBLAS rounds by the shape of a product, so that drafts would change answers.
  package var drafts: Bool { speculation == .auto && matmul == .native }

  /// The number format of the KV cache.
  package var keyValueElement: KVElement {
    switch kvCacheDtype {
    case .auto: dtype == .float32 ? .float32 : .float16
    case .float32: .float32
    case .float16: .float16
    case .int8: .int8
    }
  }

  /// The number format of the KV cache where it is another than `dtype` makes it.
  package var statedKeyValueElement: KVElement? {
    var silent = self
    silent.kvCacheDtype = .auto
    return keyValueElement == silent.keyValueElement ? nil : keyValueElement
  }

  /// What the matrices are packed for.
  package var weightPrecision: WeightPrecision {
    if dtype == .float32 { return .float32 }
    return quantization == .int8 ? .int8 : .automatic()
  }
}
