extension Sampler {
  /// The k-th largest logit, below which top_k drops all; minus infinity when nothing is dropped.
  ///
  /// The k-th largest chunk maximum is a lower bound on it, so that only the few logits above that bound need a
  /// selection. Expected O(vocabulary).
  func topKFloor(_ row: Row, _ k: Int, _ chunkMaxima: UnsafeMutablePointer<Float>) -> Float {
    guard k > 0 && k < row.count else { return -.infinity }
    var bound = -Float.infinity
    if k <= row.chunkCount {
      values.update(from: chunkMaxima, count: row.chunkCount)
      bound = Self.largest(k, of: values, count: row.chunkCount)
    }
    var count = 0
    for chunk in 0..<row.chunkCount where chunkMaxima[chunk] >= bound {
      for index in row.range(ofChunk: chunk) where row.values[index] >= bound {
        values[count] = row.values[index]
        count += 1
      }
    }
    return Self.largest(k, of: values, count: count)
  }

  /// The k-th largest of `count` values (1 ≤ k ≤ count, no NaN), which are reordered: quickselect with a
  /// three-way partition, so that equal values cost nothing extra. Hoare, CACM 4, 1961.
  static func largest(_ k: Int, of values: UnsafeMutablePointer<Float>, count: Int) -> Float {
    var lower = 0
    var upper = count
    var pivots = PivotChooser()
    while true {
      let pivot = values[pivots.index(in: lower..<upper)]
      // lower..<above is larger than the pivot, above..<index equal, below..<upper smaller.
      var above = lower
      var below = upper
      var index = lower
      while index < below {
        let value = values[index]
        if value > pivot {
          values[index] = values[above]
          values[above] = value
          above += 1
          index += 1
        } else if value < pivot {
          below -= 1
          values[index] = values[below]
          values[below] = value
        } else {
          index += 1
        }
      }
      if k <= above {
        upper = above
      } else if k <= below {
        return pivot
      } else {
        lower = below
      }
    }
  }
}

/// Picks pivots that no order of the input foresees; the selected element never depends on them.
struct PivotChooser {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// An index in a range that is not empty.
  mutating func index(in range: Range<Int>) -> Int {
    // Knuth's MMIX constants; the high bits are the good ones.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int((state >> 33) % UInt64(range.count))
  }
}
