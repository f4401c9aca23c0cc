package import QuireRequests
import QuireScheduling

/// How many blocks the KV cache holds, decided before any weight is read.
///
/// `EngineConfiguration.kvCacheMemory` is kept to the block: as many as fit it, less only where all sequences that may
/// run, each at its full length, need fewer.
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
  /// How many sequences of `maxModelLen` tokens fit at a time; 0 where the cache is smaller than one.
  public var fullLengthSequenceCount: Int { blockCount / blocksPerSequence }

  /// Blocks that a sequence of `maxModelLen` tokens holds at a time, at most; a beam search takes more.
  private let blocksPerSequence: Int
  /// Positions that a token sees on the layer that sees most; nil where some layer sees all before it.
  private let slidingWindow: Int?

  /// One line for a person: what the cache holds.
  public var summary: String {
    let sequences =
      switch fullLengthSequenceCount {
      case 0: "less than one sequence"
      case 1: "1 sequence"
      case let count: "\(count) sequences"
      }
    let size = byteCount < 1 << 20 ? "\(byteCount >> 10) KiB" : "\(byteCount >> 20) MiB"
    return "KV cache of \(tokenCapacity) tokens (\(blockCount) blocks of \(blockSize), \(size)): "
      + "\(sequences) of \(maxModelLen) tokens"
  }

  /// One line for a person where some requests that the model could answer are refused; nil where there are none.
  ///
  /// A window that is larger than the cache is no error: every request which fits the cache is answered as in a larger
  /// one.
  public var warning: String? { warning(in: SwiftDialect()) }

  /// The same with the names of another dialect.
  package func warning(in dialect: some ErrorDialect) -> String? {
    guard fullLengthSequenceCount == 0 else { return nil }
    var held = "the KV cache holds \(tokenCapacity) tokens"
    if let slidingWindow, slidingWindow > tokenCapacity {
      held += ", less than the model's sliding window of \(slidingWindow)"
    }
    let text: ErrorText =
      "\(held): a request whose prompt and \(field: .maxTokens) exceed that is refused; "
      + "\(option: .kvCacheMemory) \(fullLengthBytes) holds a sequence of \(maxModelLen)"
    return text.worded(in: dialect)
  }

  /// Bytes of a cache that holds one sequence of `maxModelLen` tokens.
  private var fullLengthBytes: Int { blocksPerSequence * bytesPerBlock }

  /// The share of the free memory, less the weights, that the cache takes by default.
  static let defaultShare = 0.5
  /// Block numbers have 32 bits, and the block manager keeps one of them for itself.
  static let mostBlocks = Int(Int32.max) - 1

  /// Plans a cache.
  ///
  /// - Parameters:
  ///   - slidingWindow: positions that a token sees on the layer that sees most, nil where some layer sees all.
  ///   - bytesPerBlock: bytes of keys and values of one block over all layers.
  ///   - otherBytes: bytes that weights and workspace will take, left out of the default share.
  ///   - availableBytes: memory that is free now; nil where the system does not say (then 4 GiB).
  /// - Throws: `EngineError.option` where not even one block fits, or a length was asked for that the model or the
  ///   cache does not hold.
  init(
    configuration: EngineConfiguration, modelLength: Int, slidingWindow: Int? = nil, bytesPerBlock: Int,
    otherBytes: Int, availableBytes: Int?
  ) throws(EngineError) {
    if let asked = configuration.maxModelLen, asked > modelLength {
      throw .option(
        OptionError(
          .maxModelLen, found: "\(asked)", expected: "at most the model's own length, \(modelLength) tokens"))
    }
    blockSize = configuration.blockSize
    maxModelLen = configuration.maxModelLen ?? modelLength
    self.slidingWindow = slidingWindow
    self.bytesPerBlock = bytesPerBlock
    blocksPerSequence = BlockManager.greatestHeldBlockCount(
      tokenCount: maxModelLen, chunk: configuration.maxNumBatchedTokens, blockSize: blockSize,
      slidingWindow: slidingWindow)
    // More than every running sequence at its full length would serve the prefix cache alone, and tables of blocks
    // cost memory too.
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
      throw .option(
        OptionError(
          .kvCacheMemory,
          found:
            "\(option: .kvCacheMemory) is \(memory) bytes, less than one block of \(blockSize) "
            + "tokens (\(bytesPerBlock) bytes for this model)",
          remedy: "give at least \(bytesPerBlock) bytes or a smaller \(option: .blockSize)"))
    }
    guard configuration.maxModelLen == nil || fullLengthSequenceCount > 0 else {
      throw .option(
        OptionError(
          .maxModelLen,
          found:
            "\(option: .maxModelLen) is \(maxModelLen), but the KV cache holds \(tokenCapacity) "
            + "tokens (\(memory) bytes)",
          remedy: "give less, or \(option: .kvCacheMemory) at least \(fullLengthBytes) bytes"))
    }
  }
}
