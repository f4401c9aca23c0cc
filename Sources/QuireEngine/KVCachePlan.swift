package import QuireModels
package import QuireRequests

/// How many blocks the KV cache holds, decided before any weight is read.
///
/// `EngineConfiguration.kvCacheMemory` is kept to the block: as many as fit it, less only where all sequences that may
/// run, each at its full length, need fewer.
public struct KVCachePlan: Sendable, Equatable {
  /// Tokens in a block.
  public let blockSize: Int
  /// The longest sequence that a request may ask for, in tokens.
  public let maxModelLen: Int

  /// Bytes of one block, keys and values: of all layers, or of those of one group.
  public var bytesPerBlock: Int { division.bytesPerBlock }
  /// Blocks in the cache; at least 1.
  public var blockCount: Int { division.blockCount }
  /// Tokens that the whole cache holds: of one sequence, where windowed layers have blocks of their own.
  public var tokenCapacity: Int { division.tokenCapacity }
  /// Bytes of the whole cache; touched only as sequences use it.
  public var byteCount: Int { blockCount * bytesPerBlock }
  /// How many sequences of `maxModelLen` tokens fit at a time; 0 where the cache is smaller than one.
  public var fullLengthSequenceCount: Int { blockCount / division.blocksPerSequence }

  /// Layers that a block holds: all, or those of one group.
  public var layersPerBlock: Int { layerGroups.layersPerBlock }
  /// Groups of layers that have blocks of their own: 1 where all share them.
  public var layerGroupCount: Int { layerGroups.count }

  /// Which layers share a block.
  package var layerGroups: LayerGroups { division.groups }

  private let division: KVCacheDivision
  private let engineCount: Int
  /// Bytes of a cache that holds one sequence of `maxModelLen` tokens.
  private let fullLengthBytes: Int

  /// One line for a person: what the cache holds.
  public var summary: String {
    let sequences =
      switch fullLengthSequenceCount {
      case 0: "less than one sequence"
      case 1: "1 sequence"
      case let count: "\(count) sequences"
      }
    let size = byteCount < 1 << 20 ? "\(byteCount >> 10) KiB" : "\(byteCount >> 20) MiB"
    return
      "KV cache of \(tokenCapacity) tokens (\(blockCount) blocks of \(blockSize)\(groupSummary), \(size)): "
      + "\(sequences) of \(maxModelLen) tokens"
  }

  /// What a block holds where it does not hold all layers.
  private var groupSummary: String {
    guard layerGroups.count > 1, let window = layerGroups.window else { return "" }
    let layerCount = layerGroups.places.count
    let windowedCount = layerGroups.places.count { $0.group >= layerGroups.fullCount }
    return
      " by \(layerGroups.layersPerBlock) layers, a window of \(window) on \(windowedCount) of \(layerCount)"
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
    if let window = layerGroups.window, window > tokenCapacity {
      held += ", less than the model's sliding window of \(window)"
    }
    let text: ErrorText =
      "\(held): a request whose prompt and \(field: .maxTokens) exceed that is refused; "
      + "\(option: .kvCacheMemory) \(fullLengthBytes * engineCount) holds a sequence of \(maxModelLen)"
    return text.worded(in: dialect)
  }

  /// The share of the free memory, less the weights, that the cache takes by default.
  static let defaultShare = 0.5

  /// Plans a cache.
  ///
  /// - Parameters:
  ///   - engineCount: caches of this plan that the memory is for.
  ///   - windows: how many positions a token sees on each layer, nil for all.
  ///   - bytesPerLayer: bytes of keys and values of one layer in a block.
  ///   - otherBytes: bytes that weights and workspace will take, left out of the default share.
  ///   - availableBytes: memory that is free now; nil where the system does not say (then 4 GiB).
  ///   - totalBytes: memory that the machine has; nil where the system does not say.
  /// - Throws: `EngineError.option` where not even one block fits, where the cache would be larger than the machine's
  ///   memory, or a length was asked for that the model or the cache does not hold.
  init(
    configuration: EngineConfiguration, modelLength: Int, windows: [Int?], engineCount: Int = 1,
    bytesPerLayer: Int, otherBytes: Int, availableBytes: Int?, totalBytes: Int? = nil
  ) throws(EngineError) {
    if let asked = configuration.maxModelLen, asked > modelLength {
      throw .option(
        OptionError(
          .maxModelLen, found: "\(asked)", expected: "at most the model's own length, \(modelLength) tokens"))
    }
    blockSize = configuration.blockSize
    self.engineCount = engineCount
    maxModelLen = configuration.maxModelLen ?? modelLength
    let wholeMemory: Int
    if let asked = configuration.kvCacheMemory {
      wholeMemory = asked
    } else {
      let free = max(0, (availableBytes ?? 4 << 30) - otherBytes)
      wholeMemory = Int(Double(free) * Self.defaultShare)
    }
    let memory = wholeMemory / engineCount
    let forEach = engineCount > 1 ? " for each of \(engineCount) engines" : ""
    let whole = KVCacheDivision(
      .one(windows: windows), byteCount: memory, bytesPerLayer: bytesPerLayer, greatestLength: maxModelLen,
      configuration: configuration)
    let cheapest = KVCacheDivision.cheapest(
      windows, byteCount: memory, bytesPerLayer: bytesPerLayer, greatestLength: maxModelLen,
      configuration: configuration)
    // A cache that holds hardly more than a window and a step has nothing to give up.
    division = cheapest.tokenCapacity > whole.tokenCapacity ? cheapest : whole
    fullLengthBytes = cheapest.bytesPerSequence
    guard blockCount > 0 else {
      throw .option(
        OptionError(
          .kvCacheMemory,
          found:
            "\(option: .kvCacheMemory) is \(memory) bytes\(forEach), less than one block of \(blockSize) "
            + "tokens (\(bytesPerBlock) bytes for this model)",
          remedy: "give at least \(bytesPerBlock * engineCount) bytes or a smaller \(option: .blockSize)"))
    }
    if let totalBytes, configuration.kvCacheMemory != nil, byteCount > totalBytes / engineCount {
      throw .option(
        OptionError(
          .kvCacheMemory,
          found:
            "\(option: .kvCacheMemory) is \(wholeMemory) bytes, of which a cache for this model would take "
            + "\(byteCount)\(forEach), but the machine has \(totalBytes) bytes of memory",
          remedy: "give less"))
    }
    guard configuration.maxModelLen == nil || fullLengthSequenceCount > 0 else {
      throw .option(
        OptionError(
          .maxModelLen,
          found:
            "\(option: .maxModelLen) is \(maxModelLen), but the KV cache holds \(tokenCapacity) "
            + "tokens (\(memory) bytes\(forEach))",
          remedy: "give less, or \(option: .kvCacheMemory) at least \(fullLengthBytes * engineCount) bytes"))
    }
  }
}
