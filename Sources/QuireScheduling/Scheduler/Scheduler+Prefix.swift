extension Scheduler {
  /// Forgets what is cached: the blocks of it that are free are reused first. O(blocks). No step may be under way.
  package mutating func resetPrefixCache() {
    precondition(!isStepUnderWay, "update(_:beams:) is due")
    blockManager.resetPrefixCache()
  }

  /// Number of tokens that the blocks of `prefixHit` hold.
  var prefixHitTokenCount: Int { prefixHit.blocks.count * configuration.blockSize }

  /// Finds the cached blocks that a waiting sequence can begin with: `prefixHit`.
  ///
  /// They never cover the last known token, whose logits only a batch gives. A fork that still holds its prompt's
  /// blocks, and a request that wants its whole prompt in a batch, find none.
  mutating func findPrefix(_ slot: Int) {
    guard slots[slot].readsPrefixCache && slots[slot].beams.isEmpty else { return prefixHit.removeAll() }
    let mostTokens = slots[slot].tokenCount - 1
    blockManager.findPrefix(of: &slots[slot].tokens, tokenCount: mostTokens, into: &prefixHit)
  }

  /// Gives a sequence that is being admitted its first table, over the blocks of `prefixHit`.
  mutating func beginWithPrefix(_ slot: Int) {
    slots[slot].beams = [
      BeamState(
        blockTable: blockManager.share(prefixHit), computedTokenCount: prefixHitTokenCount,
        prefix: prefixHit.prefix)
    ]
    slots[slot].prefixHitTokenCount = prefixHitTokenCount
  }

  /// Caches the blocks that the tokens just scheduled will fill. The tokens after a beam search's prompt are not known
  /// here, so its beams' own blocks are left out.
  mutating func cacheFilledBlocks(_ slot: Int, beam: Int) {
    let start = slots[slot].beams[beam].computedTokenCount
    let end = min(start + slots[slot].beams[beam].scheduledTokenCount, slots[slot].tokens.count)
    let first = start / configuration.blockSize
    let last = end / configuration.blockSize
    guard first < last else { return }
    let table = slots[slot].beams[beam].blockTable
    var prefix = slots[slot].beams[beam].prefix
    blockManager.cacheBlocks(first..<last, of: table, holding: &slots[slot].tokens, after: &prefix)
    slots[slot].beams[beam].prefix = prefix
  }
}
