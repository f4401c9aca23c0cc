import QuireModels
import QuireScheduling

/// How a cache of some bytes is divided into blocks: by groups of layers, or for all layers alike.
struct KVCacheDivision: Sendable, Equatable {
  /// Which layers share a block.
  let groups: LayerGroups
  /// Bytes of one block.
  let bytesPerBlock: Int
  /// Blocks in the cache; 0 where it is too small for one.
  let blockCount: Int
  /// Blocks that a sequence of the greatest length holds at a time, at most; a beam search takes more.
  let blocksPerSequence: Int
  /// Tokens that the cache holds: of one sequence, where there are several groups.
  let tokenCapacity: Int

  /// More groups than that cost the scheduler and the model's tables more than they save.
  private static let mostGroups = 8
  /// Block numbers have 32 bits, and the block manager keeps two of them for itself.
  private static let mostBlocks = Int(Int32.max) - 2

  /// Divides `byteCount` bytes.
  ///
  /// - Parameters:
  ///   - bytesPerLayer: bytes of keys and values of one layer in a block.
  ///   - greatestLength: tokens of a sequence at most.
  init(
    _ groups: LayerGroups, byteCount: Int, bytesPerLayer: Int, greatestLength: Int,
    configuration: EngineConfiguration
  ) {
    self.groups = groups
    bytesPerBlock = groups.layersPerBlock * bytesPerLayer
    let (blockGroups, blockSize) = (BlockGroups(groups), configuration.blockSize)
    let chunk = configuration.maxNumBatchedTokens
    blocksPerSequence = blockGroups.greatestHeldBlockCount(
      tokenCount: greatestLength, chunk: chunk, blockSize: blockSize)
    // More than every running sequence at its full length would serve the prefix cache alone, and tables of blocks
    // cost memory too.
    let useful = (greatestLength + blockSize - 1) / blockSize * configuration.maxNumSeqs * groups.count
    blockCount = min(useful, byteCount / bytesPerBlock, Self.mostBlocks)
    var rowCount = blockCount / groups.count
    if groups.fullCount > 0 && groups.windowedCount > 0 {
      // Rows beyond what a window and a step hold cost a block of each group that sees all.
      let heldCount = blockGroups.greatestWindowedRowCount(
        tokenCount: .max, chunk: chunk, blockSize: blockSize)
      let beyond = (blockCount - heldCount * blockGroups.windowedCount) / blockGroups.fullCount
      rowCount = max(rowCount, beyond)
    }
    tokenCapacity = rowCount * blockSize
  }

  /// The division in which a sequence of the greatest length takes the fewest bytes, where that is a fifth less than
  /// without groups, or the one without.
  static func cheapest(
    _ windows: [Int?], byteCount: Int, bytesPerLayer: Int, greatestLength: Int,
    configuration: EngineConfiguration
  ) -> KVCacheDivision {
    func division(_ groups: LayerGroups) -> KVCacheDivision {
      KVCacheDivision(
        groups, byteCount: byteCount, bytesPerLayer: bytesPerLayer, greatestLength: greatestLength,
        configuration: configuration)
    }
    let whole = division(.one(windows: windows))
    let windowedCount = windows.count { $0 != nil }
    guard windowedCount > 0 && windowedCount < windows.count else { return whole }
    // The largest blocks first: of equals the one with the fewest groups. None is larger than the larger kind of layers.
    let divided = (1...max(windowedCount, windows.count - windowedCount)).reversed().lazy
      .map { LayerGroups(windows: windows, layersPerBlock: $0) }
      .filter { $0.count <= mostGroups }
      .map(division)
    guard let best = divided.min(by: { $0.bytesPerSequence < $1.bytesPerSequence }),
      best.bytesPerSequence <= whole.bytesPerSequence / 5 * 4
    else { return whole }
    return best
  }

  /// Bytes of the blocks that a sequence of the greatest length holds at a time.
  var bytesPerSequence: Int { blocksPerSequence * bytesPerBlock }
}

extension LayerGroups {
  /// One group of all layers.
  static func one(windows: [Int?]) -> LayerGroups {
    one(
      layerCount: windows.count,
      window: windows.contains { $0 == nil } ? nil : windows.compactMap { $0 }.max())
  }
}

extension BlockGroups {
  /// What the scheduler has to know of a model's groups of layers.
  init(_ groups: LayerGroups) {
    self.init(fullCount: groups.fullCount, windowedCount: groups.windowedCount, window: groups.window)
  }
}
