/// The scheduler's limits; names and meaning are vLLM's.
package struct SchedulerConfiguration: Sendable, Equatable {
  /// Greatest number of running sequences, at least 1.
  package var maxNumSeqs: Int
  /// Greatest number of tokens in one step, at least 1; it may be smaller than `maxNumSeqs`.
  package var maxNumBatchedTokens: Int
  /// Number of token positions in a cache block, at least 1.
  package var blockSize: Int
  /// Number of cache blocks, at least 1.
  package var blockCount: Int
  /// Whether a prompt may be spread over several steps.
  package var enableChunkedPrefill: Bool
  /// Greatest number of tokens that one sequence gets in a step, at least 1 (a beam search gets as many as it has beams,
  /// where those are more); nil leaves it to the token budget.
  package var longPrefillTokenThreshold: Int?
  /// Whether sequences may begin with full blocks that others have computed.
  package var enablePrefixCaching: Bool
  /// The groups of layers, each with blocks of its own. Those of windowed groups are given up when no token to come sees
  /// their positions.
  package var groups: BlockGroups
  /// Whether the cache is to grow into blocks that were never used only while fewer cached ones are free than were ever
  /// in use at a time; else, and where all groups have a window, all blocks are used before a cached one is forgotten.
  package var sparesUntouchedBlocks: Bool
  /// The name of the first sequence; those of schedulers whose steps are watched together lie far apart.
  package var firstSequenceID: SequenceID = 0

  /// A configuration, unchecked; the defaults are vLLM's for offline runs on a CPU.
  package init(
    maxNumSeqs: Int = 256, maxNumBatchedTokens: Int = 4096, blockSize: Int = 16, blockCount: Int,
    enableChunkedPrefill: Bool = true, longPrefillTokenThreshold: Int? = nil,
    enablePrefixCaching: Bool = true, groups: BlockGroups = .one(window: nil),
    sparesUntouchedBlocks: Bool = false
  ) {
    self.maxNumSeqs = maxNumSeqs
    self.maxNumBatchedTokens = maxNumBatchedTokens
    self.blockSize = blockSize
    self.blockCount = blockCount
    self.enableChunkedPrefill = enableChunkedPrefill
    self.longPrefillTokenThreshold = longPrefillTokenThreshold
    self.enablePrefixCaching = enablePrefixCaching
    self.groups = groups
    self.sparesUntouchedBlocks = sparesUntouchedBlocks
  }

  /// Throws for the first value out of range.
  package func validate() throws(SchedulerConfigurationError) {
    func check(_ field: String, _ value: Int, atMost bound: Int = .max) throws(SchedulerConfigurationError) {
      guard value < 1 || value > bound else { return }
      throw SchedulerConfigurationError(
        field: field, value: value, requirement: bound == .max ? "at least 1" : "in 1...\(bound)")
    }
    try check("max_num_seqs", maxNumSeqs)
    try check("max_num_batched_tokens", maxNumBatchedTokens)
    try check("block_size", blockSize)
    try check("number of cache blocks", blockCount, atMost: Int(Int32.max) - 1)
    if let window = groups.window { try check("sliding_window", window) }
    guard let longPrefillTokenThreshold else { return }
    try check("long_prefill_token_threshold", longPrefillTokenThreshold)
    guard enableChunkedPrefill else {
      throw SchedulerConfigurationError(
        field: "long_prefill_token_threshold", value: longPrefillTokenThreshold,
        requirement: "absent without chunked prefill")
    }
  }
}

/// A scheduler setting out of range.
package struct SchedulerConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The setting, in vLLM's spelling.
  package let field: String
  /// The value found.
  package let value: Int
  /// What it must be.
  package let requirement: String

  /// One sentence for the user.
  package var description: String { "\(field) is \(value), but must be \(requirement)" }
}
