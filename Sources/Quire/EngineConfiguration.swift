public import QuireKernels

/// What the engine may use, and how it schedules. Nothing here changes an answer but in the last bits of
/// its logits (the OpenBLAS path sums in another order for other shapes).
public struct EngineConfiguration: Sendable, Equatable {
  /// How many sequences may run in one step; at least 1. vLLM's `max_num_seqs`.
  public var maxNumSeqs: Int
  /// How many tokens one step may compute, prompts and decodes together; at least 1. It also bounds a
  /// prefill chunk, and may be smaller than `maxNumSeqs`. vLLM's `max_num_batched_tokens`.
  public var maxNumBatchedTokens: Int
  /// Tokens in one block of the KV cache; 1…1024.
  public var blockSize: Int
  /// Bytes for the KV cache; nil takes a share of the memory that is free (see `KVCachePlan`).
  public var kvCacheMemory: Int?
  /// The longest prompt plus answer, in tokens; nil is the model's own length. It cannot exceed that.
  public var maxModelLen: Int?
  /// Whether a prompt may be computed in several steps. Without it a prompt longer than
  /// `maxNumBatchedTokens` is refused.
  public var enableChunkedPrefill: Bool
  /// Threads that compute; nil takes the cores that the process may use.
  public var threads: Int?
  /// What multiplies matrices.
  public var matmul: MatmulBackend
  /// The run's seed, for requests without a seed of their own.
  public var seed: UInt64
  /// Whether `generation_config.json` gives defaults.
  public var generationConfig: GenerationConfigSource
  /// The chat format: `auto` recognises the model's own template; else a value of `ChatFormat`.
  public var chatTemplate: String

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
    threads: Int? = nil, matmul: MatmulBackend = .automatic,
    seed: UInt64 = 0, generationConfig: GenerationConfigSource = .auto,
    chatTemplate: String = "auto"
  ) {
    self.maxNumSeqs = maxNumSeqs
    self.maxNumBatchedTokens = maxNumBatchedTokens
    self.blockSize = blockSize
    self.kvCacheMemory = kvCacheMemory
    self.maxModelLen = maxModelLen
    self.enableChunkedPrefill = enableChunkedPrefill
    self.threads = threads
    self.matmul = matmul
    self.seed = seed
    self.generationConfig = generationConfig
    self.chatTemplate = chatTemplate
  }

  /// Checks every range. Throws `EngineError` with the option, the value and the range.
  func validate() throws(EngineError) {
    try Self.check("max-num-seqs", maxNumSeqs, 1...65_536)
    try Self.check("max-num-batched-tokens", maxNumBatchedTokens, 1...1_048_576)
    try Self.check("block-size", blockSize, 1...1024)
    if let threads { try Self.check("threads", threads, 1...1024) }
    if let maxModelLen { try Self.check("max-model-len", maxModelLen, 1...Int(Int32.max)) }
    if let kvCacheMemory { try Self.check("kv-cache-memory", kvCacheMemory, 1...Int.max) }
  }

  private static func check(
    _ option: String, _ value: Int, _ range: ClosedRange<Int>
  ) throws(EngineError) {
    guard range.contains(value) else {
      throw .badOption(
        "\(option) is \(value); it must be between \(range.lowerBound) and \(range.upperBound)")
    }
  }
}
