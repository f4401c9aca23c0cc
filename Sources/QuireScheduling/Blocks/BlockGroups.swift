/// The groups of layers that a model's cache blocks serve, in this order: those that see everything before a token, then
/// those that see a window of it.
///
/// A block holds `blockSize` positions of the layers of one group. All groups have equally many layers, and so blocks of
/// one size out of one pool: what windows give up serves whoever needs it, short texts and long ones in any mixture.
/// Source: vLLM V1, `vllm/v1/core/kv_cache_coordinator.py`.
package struct BlockGroups: Sendable, Equatable {
  /// Number of groups whose tokens see all before them.
  package let fullCount: Int
  /// Number of groups whose tokens see `window` positions.
  package let windowedCount: Int
  /// Number of positions that a token sees in the windowed groups, its own included; nil where there are none.
  package let window: Int?

  /// Groups of both kinds, at least one in all.
  ///
  /// - Parameter window: of the windowed groups, nil where there are none.
  package init(fullCount: Int, windowedCount: Int, window: Int?) {
    precondition(
      fullCount >= 0 && windowedCount >= 0 && fullCount + windowedCount > 0, "a model has a layer")
    precondition((window == nil) == (windowedCount == 0), "a window is that of windowed groups")
    self.fullCount = fullCount
    self.windowedCount = windowedCount
    self.window = window
  }

  /// One group of all layers, of which the one that sees most sees `window` positions, nil for all.
  package static func one(window: Int?) -> BlockGroups {
    BlockGroups(
      fullCount: window == nil ? 1 : 0, windowedCount: window == nil ? 0 : 1, window: window)
  }

  /// Number of groups: of blocks that hold the same positions.
  package var count: Int { fullCount + windowedCount }

  /// The most blocks that a table of `tokenCount` tokens holds at a time, where a step computes at most `chunk` of them.
  package func greatestHeldBlockCount(tokenCount: Int, chunk: Int, blockSize: Int) -> Int {
    let whole = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    let windowed = greatestWindowedRowCount(tokenCount: tokenCount, chunk: chunk, blockSize: blockSize)
    return blockCount(fullRowCount: whole, windowedRowCount: windowed)
  }

  /// Number of blocks of so many rows in each group of a kind; `Int.max` where that is too large a number.
  func blockCount(fullRowCount: Int, windowedRowCount: Int) -> Int {
    let (full, isFullTooLarge) = fullRowCount.multipliedReportingOverflow(by: fullCount)
    let (windowed, isWindowedTooLarge) = windowedRowCount.multipliedReportingOverflow(by: windowedCount)
    let (sum, isSumTooLarge) = full.addingReportingOverflow(windowed)
    return isFullTooLarge || isWindowedTooLarge || isSumTooLarge ? .max : sum
  }

  /// The most rows of a table whose windowed blocks are held at a time.
  ///
  /// A step's blocks hold its tokens and what the first of them sees before it, wherever in a block they begin.
  package func greatestWindowedRowCount(tokenCount: Int, chunk: Int, blockSize: Int) -> Int {
    let whole = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    guard let window, chunk < tokenCount, window - 1 < tokenCount - chunk else { return whole }
    return min(whole, (window - 1 + chunk + blockSize - 2) / blockSize + 1)
  }
}
