/// A token and its unnormalised probability in one comparable number: the more probable token is larger, of two
/// equally probable ones the lower id is.
///
/// The bits of fp32 numbers above 0 have the order of the numbers.
enum NucleusKey {
  static func make(id: Int, mass: Float) -> UInt64 {
    UInt64(mass.bitPattern) << 32 | UInt64(~UInt32(id))
  }

  static func id(_ key: UInt64) -> Int32 { Int32(bitPattern: ~UInt32(truncatingIfNeeded: key)) }

  static func mass(_ key: UInt64) -> Double { Double(Float(bitPattern: UInt32(key >> 32))) }
}

extension Sampler {
  /// Draws from the smallest set of most probable tokens whose mass reaches `share` (below 1) of `total`.
  func drawFromNucleus(_ row: Row, total: Double, share: Double, _ uniform: Double) -> Int32 {
    let count = gatherCandidates(row, atLeast: (1 - share) * total / Double(row.count))
    selection.update(from: candidates, count: count)
    let boundary = Self.nucleusBoundary(selection, count: count, mass: share * total)
    var nucleusMass = 0.0
    for index in 0..<count where candidates[index] >= boundary {
      nucleusMass += NucleusKey.mass(candidates[index])
    }
    let target = uniform * nucleusMass
    var before = 0.0
    var last = boundary
    for index in 0..<count where candidates[index] >= boundary {
      last = candidates[index]
      before += NucleusKey.mass(last)
      if before > target { break }
    }
    return NucleusKey.id(last)
  }

  /// Collects the tokens of at least this probability, in ascending order of id, and returns how many.
  ///
  /// All the tokens below (1 − share) · total / vocabulary together have less than 1 − share of the total, so
  /// none of them is in the nucleus: a selection among the rest is exact.
  private func gatherCandidates(_ row: Row, atLeast bound: Double) -> Int {
    let bound = Float(bound).nextDown
    var count = 0
    for chunk in 0..<row.chunkCount where chunkMasses[chunk] > 0 && chunkMasses[chunk] >= Double(bound) {
      for index in row.range(ofChunk: chunk) where row.values[index] >= bound && row.values[index] > 0 {
        candidates[count] = NucleusKey.make(id: index, mass: row.values[index])
        count += 1
      }
    }
    return count
  }

  /// The smallest key of the nucleus: the largest keys, added up, reach `mass` with it; the smallest of all when
  /// they never do. Reorders the keys, which differ from each other. Expected O(count).
  static func nucleusBoundary(
    _ keys: UnsafeMutablePointer<UInt64>, count: Int, mass: Double
  ) -> UInt64 {
    var lower = 0
    var upper = count
    var reached = 0.0
    var smallest = UInt64.max
    var pivots = PivotChooser()
    while lower < upper {
      let pivotIndex = pivots.index(in: lower..<upper)
      let pivot = keys[pivotIndex]
      keys[pivotIndex] = keys[upper - 1]
      keys[upper - 1] = pivot
      var split = lower
      var above = 0.0
      for index in lower..<upper - 1 {
        let key = keys[index]
        guard key > pivot else { continue }
        keys[index] = keys[split]
        keys[split] = key
        split += 1
        above += NucleusKey.mass(key)
      }
      if reached + above >= mass && split > lower {
        upper = split
        continue
      }
      reached += above + NucleusKey.mass(pivot)
      smallest = pivot
      if reached >= mass { break }
      keys[upper - 1] = keys[split]
      keys[split] = pivot
      lower = split + 1
    }
    return smallest
  }
}
