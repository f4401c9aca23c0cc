extension BlockManager {
  /// What is wrong with the pool, given every table that holds blocks of it: empty when all is well.
  ///
  /// Checks that free + used = total, that the queue holds exactly the blocks without an owner and each once, cached
  /// ones behind the others, that every count equals the number of table entries that name the block, and that the
  /// prefix cache finds the blocks that it names. O(blocks + table entries).
  ///
  /// - Parameter isStepUnderWay: whether blocks may be cached that are still to be computed.
  package func invariantViolations(
    tables: some Swift.Sequence<BlockTable>, isStepUnderWay: Bool = false
  ) -> [String] {
    var violations = pool.prefixViolations(isStepUnderWay: isStepUnderWay)
    var owners = [Int](repeating: 0, count: blockCount)
    for table in tables {
      if table.blockIDs.count != table.count * groups.count {
        violations.append("a table of \(table.count) rows has \(table.blockIDs.count) blocks")
      }
      for (index, block) in table.blockIDs.enumerated() {
        let (row, group) = index.quotientAndRemainder(dividingBy: groups.count)
        let isGivenUp = row < table.vacatedCount && group >= groups.fullCount
        if isGivenUp != (block == BlockTable.vacated) {
          violations.append("block \(block) of row \(row) is given up, or held, by mistake")
        }
      }
      for block in table.heldBlockIDs { owners[Int(block)] += 1 }
    }
    for block in 0..<blockCount where referenceCount(of: Int32(block)) != owners[block] {
      violations.append(
        "block \(block) counts \(referenceCount(of: Int32(block))) owners but has \(owners[block])")
    }
    let free = freeBlocks
    if free.count != freeBlockCount {
      violations.append("the free queue counts \(freeBlockCount) blocks but links \(free.count)")
    }
    if Set(free).count != free.count { violations.append("the free queue holds a block twice") }
    for block in free where owners[Int(block)] != 0 {
      violations.append("block \(block) is free but has \(owners[Int(block)]) owners")
    }
    if let firstCached = free.firstIndex(where: pool.isCached),
      !free[firstCached...].allSatisfy(pool.isCached)
    {
      violations.append("cached block \(free[firstCached]) is reused before a block that is not cached")
    }
    let cachedFree = free.count(where: pool.isCached)
    if cachedFree != pool.cachedFreeBlockCount {
      violations.append("\(cachedFree) cached blocks are free, but \(pool.cachedFreeBlockCount) are counted")
    }
    let untouched = free.filter { Int($0) >= pool.touchedBlockCount }
    if !untouched.elementsEqual((pool.touchedBlockCount..<blockCount).map(Int32.init)) {
      violations.append("blocks that were never used are out of order: \(untouched)")
    }
    for block in free where pool.isPending(block) {
      violations.append("block \(block) is free, cached and not computed")
    }
    let unowned = owners.count { $0 == 0 }
    if unowned != free.count {
      violations.append("\(unowned) blocks have no owner but \(free.count) are free")
    }
    return violations
  }
}
