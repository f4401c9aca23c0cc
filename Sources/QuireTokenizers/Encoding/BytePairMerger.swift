import HeapModule

/// Joins the symbols of one piece, lowest rank first and leftmost among equals, until no neighbours join.
///
/// Pieces of up to ``shortPiece`` symbols are searched anew after each join, which beats a heap there; longer ones keep their candidates
/// in a heap over a linked list: O(n log n) time, about 40 bytes of memory a symbol. The memory is kept for the next piece.
struct BytePairMerger {
  /// Measured on English, Chinese and code: between 16 and 64 symbols the two ways cost the same.
  static let shortPiece = 32

  private var ids: [Int32] = []
  /// Byte offset of each symbol in the piece.
  private var starts: [UInt32] = []
  /// For each symbol, `rank << 32 | id` of joining it with the next one.
  private var candidates: [UInt64] = []
  private var links: [Link] = []

  private struct Link: BitwiseCopyable {
    var previous: Int32
    var next: Int32
  }

  /// Forgets the last piece.
  mutating func begin() {
    if ids.capacity < Self.shortPiece {
      // At once what most pieces need, rather than by doubling.
      ids.reserveCapacity(Self.shortPiece)
      starts.reserveCapacity(Self.shortPiece + 1)
    }
    ids.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
  }

  /// Adds the symbol that begins at byte `start` of the piece.
  @inline(__always) mutating func append(_ id: Int32, start: Int) {
    ids.append(id)
    starts.append(UInt32(truncatingIfNeeded: start))
  }

  /// Joins the symbols of `piece` and appends the ids that remain to `output`.
  @inline(__always)
  mutating func merge(
    _ piece: UnsafeBufferPointer<UInt8>, by ranks: some MergeRanks, into output: inout [Int32]
  ) {
    guard ids.count > 1, let base = piece.baseAddress else {
      output.append(contentsOf: ids)
      return
    }
    if ids.count <= Self.shortPiece {
      mergeShort(base, piece.count, ranks, into: &output)
    } else {
      mergeLong(base, piece.count, ranks, into: &output)
    }
  }

  private mutating func mergeShort(
    _ base: UnsafePointer<UInt8>, _ byteCount: Int, _ ranks: some MergeRanks, into output: inout [Int32]
  ) {
    let symbolCount = ids.count
    if candidates.count < Self.shortPiece {
      candidates = [UInt64](repeating: MergeTable.none, count: Self.shortPiece)
    }
    starts.append(UInt32(truncatingIfNeeded: byteCount))
    ids.withUnsafeMutableBufferPointer { ids in
      starts.withUnsafeMutableBufferPointer { starts in
        candidates.withUnsafeMutableBufferPointer { candidates in
          var count = symbolCount
          func candidate(_ index: Int) -> UInt64 {
            let start = Int(starts[index])
            return ranks.merge(
              ids[index], ids[index + 1], text: base + start, count: Int(starts[index + 2]) - start)
          }
          for index in 0..<(count - 1) { candidates[index] = candidate(index) }
          while count > 1 {
            var best = 0
            // Equal ranks may join into different tokens where scores decide: then the leftmost goes first.
            for index in 1..<(count - 1) where candidates[index] | 0xFFFF_FFFF < candidates[best] {
              best = index
            }
            let merge = candidates[best]
            if merge == MergeTable.none { break }
            ids[best] = Int32(truncatingIfNeeded: merge)
            count -= 1
            for index in (best + 1)..<max(count, best + 1) {
              ids[index] = ids[index + 1]
              starts[index] = starts[index + 1]
              candidates[index - 1] = candidates[index]
            }
            starts[count] = starts[count + 1]
            if best > 0 { candidates[best - 1] = candidate(best - 1) }
            if best + 1 < count { candidates[best] = candidate(best) }
          }
          output.append(contentsOf: UnsafeBufferPointer(rebasing: ids[0..<count]))
        }
      }
    }
  }

  private mutating func mergeLong(
    _ base: UnsafePointer<UInt8>, _ byteCount: Int, _ ranks: some MergeRanks, into output: inout [Int32]
  ) {
    let symbolCount = ids.count
    starts.append(UInt32(truncatingIfNeeded: byteCount))
    links.removeAll(keepingCapacity: true)
    for index in 0..<symbolCount {
      let next = index + 1 < symbolCount ? index + 1 : -1
      links.append(Link(previous: Int32(index - 1), next: Int32(next)))
    }
    if candidates.count < symbolCount {
      candidates = [UInt64](repeating: MergeTable.none, count: symbolCount)
    }
    // By rank, then place: `rank << 32 | symbol`.
    var entries: [UInt64] = []
    entries.reserveCapacity(symbolCount)
    ids.withUnsafeMutableBufferPointer { ids in
      starts.withUnsafeBufferPointer { starts in
        candidates.withUnsafeMutableBufferPointer { candidates in
          links.withUnsafeMutableBufferPointer { links in
            func end(_ index: Int) -> Int {
              let next = Int(links[index].next)
              return Int(starts[next < 0 ? symbolCount : next])
            }
            func find(_ index: Int) -> UInt64 {
              let next = Int(links[index].next)
              if next < 0 { return MergeTable.none }
              let start = Int(starts[index])
              return ranks.merge(ids[index], ids[next], text: base + start, count: end(next) - start)
            }
            for index in 0..<symbolCount {
              candidates[index] = find(index)
              if candidates[index] != MergeTable.none {
                entries.append((candidates[index] & ~0xFFFF_FFFF) | UInt64(index))
              }
            }
            var heap = Heap(entries)
            while let top = heap.popMin() {
              let index = Int(top & 0xFFFF_FFFF)
              let merge = candidates[index]
              // A symbol that was joined, or whose neighbour was, left its old entry behind.
              if merge == MergeTable.none || merge >> 32 != top >> 32 { continue }
              let eaten = Int(links[index].next)
              ids[index] = Int32(truncatingIfNeeded: merge)
              let next = links[eaten].next
              links[index].next = next
              candidates[eaten] = MergeTable.none
              if next >= 0 { links[Int(next)].previous = Int32(index) }
              let previous = Int(links[index].previous)
              if previous >= 0 {
                candidates[previous] = find(previous)
                if candidates[previous] != MergeTable.none {
                  heap.insert((candidates[previous] & ~0xFFFF_FFFF) | UInt64(previous))
                }
              }
              candidates[index] = find(index)
              if candidates[index] != MergeTable.none {
                heap.insert((candidates[index] & ~0xFFFF_FFFF) | UInt64(index))
              }
            }
            var index = 0
            while index >= 0 {
              output.append(ids[index])
              index = Int(links[index].next)
            }
          }
        }
      }
    }
  }
}
