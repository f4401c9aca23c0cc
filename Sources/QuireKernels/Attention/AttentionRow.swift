/// One query head of one token on its way through the tiles.
struct AttentionRow {
  /// `[headDimension]`.
  let query: UnsafePointer<Float>
  /// `[headDimension]`: the weighted sum of values so far.
  let output: UnsafeMutablePointer<Float>
  /// Scores, then weights of the tile's positions; 16 more may be overwritten.
  let scores: UnsafeMutablePointer<Float>
  /// First position that the row sees.
  let first: Int
  /// Last position that the row sees: its own.
  let last: Int
  /// The greatest scaled score so far.
  var maximum = -Float.infinity
  /// The sum of weights so far, relative to `maximum`.
  var sum: Float = 0

  init(
    query: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, scores: UnsafeMutablePointer<Float>,
    first: Int, last: Int
  ) {
    self.query = query
    self.output = output
    self.scores = scores
    self.first = first
    self.last = last
  }

  /// Turns the tile's scores into weights relative to the new maximum, and rescales what was summed before.
  ///
  /// Weights of covered positions that the row does not see become exactly 0.
  mutating func weigh(tileStart: Int, covered: Range<Int>, scale: Float, dimension: Int) {
    let low = max(first, covered.lowerBound) - tileStart
    let high = min(last + 1, covered.upperBound) - tileStart
    guard low < high else {
      for column in covered.lowerBound - tileStart..<covered.upperBound - tileStart { scores[column] = 0 }
      return
    }
    // Whole vectors from a multiple of 16 of the tile on: a position has the same lane whatever is masked.
    let hullStart = low & ~15
    let hullEnd = (high + 15) & ~15
    for column in hullStart..<low { scores[column] = -.infinity }
    for column in high..<hullEnd { scores[column] = -.infinity }
    let tileMaximum = scale * Kernels.maximum(scores + hullStart, count: hullEnd - hullStart)
    if tileMaximum > maximum {
      if sum > 0 {
        let factor = Kernels.exp(SIMD16(repeating: maximum - tileMaximum))[0]
        sum *= factor
        Kernels.scale(output, by: factor, count: dimension)
      }
      maximum = tileMaximum
    }
    sum += Kernels.exponentiate(
      scores + hullStart, count: hullEnd - hullStart, scale: scale, subtracting: maximum)
    for column in covered.lowerBound - tileStart..<max(hullStart, covered.lowerBound - tileStart) {
      scores[column] = 0
    }
    for column in min(hullEnd, covered.upperBound - tileStart)..<covered.upperBound - tileStart {
      scores[column] = 0
    }
  }
}
