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

/// Probabilities by size, coarsely: a bucket holds those that share their exponent and the first bits of the fraction.
enum MassBucket {
  /// Buckets of the unnormalised probabilities 0…1.
  static let count = index(1) + 1

  static func index(_ mass: Float) -> Int { Int(mass.bitPattern >> 18) }
}

extension Sampler {
  /// Draws from the smallest set of most probable tokens whose mass reaches `share` (below 1) of `total`.
  ///
  /// Whole buckets of probabilities, from the largest on, are in the nucleus until one would reach its mass; only the
  /// tokens of that one need a selection.
  func drawFromNucleus(_ row: Row, total: Double, share: Double, _ uniform: Double) -> Int32 {
    // All the tokens below (1 − share) · total / vocabulary together have less than 1 − share of the total, so none of
    // them is in the nucleus.
    let bound = Float((1 - share) * total / Double(row.count)).nextDown
    fillBuckets(row, atLeast: bound)
    let (bucket, before) = boundaryBucket(mass: share * total)
    let count = gatherCandidates(row, of: bucket, atLeast: bound)
    selection.update(from: candidates, count: count)
    let boundary = Self.nucleusBoundary(selection, count: count, mass: share * total - before)
    var nucleusMass = before
    for index in 0..<count where candidates[index] >= boundary {
      nucleusMass += NucleusKey.mass(candidates[index])
    }
    return row.draw(uniform * nucleusMass, from: boundary, chunkMasses, atLeast: bound)
  }

  /// Adds up the probabilities of at least `bound` by bucket, in ascending order of id.
  private func fillBuckets(_ row: Row, atLeast bound: Float) {
    bucketMasses.update(repeating: 0, count: MassBucket.count)
    for chunk in 0..<row.chunkCount where chunkMasses[chunk] > 0 && chunkMasses[chunk] >= Double(bound) {
      for index in row.range(ofChunk: chunk) where row.values[index] >= bound {
        bucketMasses[MassBucket.index(row.values[index])] += Double(row.values[index])
      }
    }
  }

  /// The bucket with which the buckets from the largest on reach `mass`, and the mass of those before it; the last that
  /// is not empty where rounding leaves all of them short.
  private func boundaryBucket(mass: Double) -> (bucket: Int, before: Double) {
    var reached = 0.0
    var last = (bucket: 0, before: 0.0)
    for bucket in (0..<MassBucket.count).reversed() where bucketMasses[bucket] > 0 {
      last = (bucket, reached)
      reached += bucketMasses[bucket]
      if reached >= mass { break }
    }
    return last
  }

  /// Collects the tokens of a bucket, in ascending order of id, and returns how many.
  private func gatherCandidates(_ row: Row, of bucket: Int, atLeast bound: Float) -> Int {
    var count = 0
    for chunk in 0..<row.chunkCount where chunkMasses[chunk] > 0 && chunkMasses[chunk] >= Double(bound) {
      for index in row.range(ofChunk: chunk) {
        let mass = row.values[index]
        guard MassBucket.index(mass) == bucket, mass >= bound, mass > 0 else { continue }
        candidates[count] = NucleusKey.make(id: index, mass: mass)
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
