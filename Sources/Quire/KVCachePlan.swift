import QuirePlatform

/// How many blocks the KV cache holds, decided before any weight is read.
public struct KVCachePlan: Sendable, Equatable {
  /// Tokens in a block.
  public let blockSize: Int
  /// Bytes of one block over all layers, keys and values.
  public let bytesPerBlock: Int
  /// Blocks in the cache; at least 1.
  public let blockCount: Int
  /// The longest sequence that a request may ask for, in tokens.
  public let maxModelLen: Int

  /// Tokens that the whole cache holds.
  public var tokenCapacity: Int { blockCount * blockSize }
  /// Bytes of the whole cache; touched only as sequences use it.
  public var byteCount: Int { blockCount * bytesPerBlock }

  /// The share of the free memory, less the weights, that the cache takes by default.
  static let defaultShare = 0.5
  /// Block numbers have 32 bits, and the block manager keeps one of them for itself.
  static let mostBlocks = Int(Int32.max) - 1

  /// Plans a cache.
  ///
  /// - Parameters:
  ///   - bytesPerBlock: bytes of keys and values of one block over all layers.
  ///   - otherBytes: bytes that weights and workspace will take, left out of the default share.
  ///   - availableBytes: memory that is free now; nil where the system does not say (then 4 GiB).
  /// - Throws: `EngineError.badOption` where not even one block fits.
  init(
    configuration: EngineConfiguration, modelLength: Int, bytesPerBlock: Int, otherBytes: Int,
    availableBytes: Int?
  ) throws(EngineError) {
    if let asked = configuration.maxModelLen, asked > modelLength {
      throw .badOption(
        "max-model-len is \(asked); the model's own length is \(modelLength) tokens")
    }
    blockSize = configuration.blockSize
    maxModelLen = configuration.maxModelLen ?? modelLength
    self.bytesPerBlock = bytesPerBlock
    // More than every running sequence at its full length would never be used, and tables of blocks cost memory too.
    let useful = (maxModelLen + blockSize - 1) / blockSize * configuration.maxNumSeqs
    let memory: Int
    if let asked = configuration.kvCacheMemory {
      memory = asked
      blockCount = min(useful, memory / bytesPerBlock, Self.mostBlocks)
    } else {
      let free = max(0, (availableBytes ?? 4 << 30) - otherBytes)
      memory = Int(Double(free) * Self.defaultShare)
      blockCount = min(useful, memory / bytesPerBlock, Self.mostBlocks)
    }
    guard blockCount > 0 else {
      throw .badOption(
        "kv-cache-memory is \(memory) bytes, less than one block of \(blockSize) tokens "
          + "(\(bytesPerBlock) bytes for this model); give at least \(bytesPerBlock) bytes "
          + "or a smaller block-size")
    }
  }
}
