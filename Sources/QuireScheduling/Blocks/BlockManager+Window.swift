extension BlockManager {
  /// The index of the first block that a token at `position`, or any after it, sees on some layer.
  func firstVisibleBlock(from position: Int) -> Int {
    guard let slidingWindow else { return 0 }
    return max(0, position - (slidingWindow - 1)) / blockSize
  }

  /// Gives up the blocks that no token from `position` on sees, and returns how many of them became free. O(blocks given
  /// up).
  mutating func vacate(_ table: inout BlockTable, before position: Int) -> Int {
    let (first, end) = (table.vacatedCount, firstVisibleBlock(from: position))
    guard first < end else { return 0 }
    let freeBefore = freeBlockCount
    release(table.blockIDs[first..<end])
    for index in first..<end { table.blockIDs[index] = BlockTable.vacated }
    table.vacatedCount = end
    return freeBlockCount - freeBefore
  }

  /// The most blocks that a table of `tokenCount` tokens holds at a time, where a step computes at most `chunk` of them.
  func greatestHeldBlockCount(tokenCount: Int, chunk: Int) -> Int {
    Self.greatestHeldBlockCount(
      tokenCount: tokenCount, chunk: chunk, blockSize: blockSize, slidingWindow: slidingWindow)
  }

  /// The most blocks that a table of `tokenCount` tokens holds at a time, where a step computes at most `chunk` of them
  /// and a token sees `slidingWindow` positions, nil for all.
  ///
  /// A step's blocks hold its tokens and what the first of them sees before it, wherever in a block they begin.
  package static func greatestHeldBlockCount(
    tokenCount: Int, chunk: Int, blockSize: Int, slidingWindow: Int?
  ) -> Int {
    let whole = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    guard let slidingWindow, chunk < tokenCount, slidingWindow - 1 < tokenCount - chunk else { return whole }
    return min(whole, (slidingWindow - 1 + chunk + blockSize - 2) / blockSize + 1)
  }
}
