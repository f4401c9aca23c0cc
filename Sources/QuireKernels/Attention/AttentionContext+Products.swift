// The two products of attention, four rows at a time. Fewer rows repeat the last one: the same numbers are then
// computed and written twice, which is cheaper than reading the keys once more.

extension AttentionContext {
  /// Writes the scores (before scaling) of `count` positions of one block to columns from `column` on.
  ///
  /// Each score is one sum over the head's dimensions in ascending order. Up to 7 columns more are overwritten.
  ///
  /// - Parameter keys: the first position's slot of dimension 0; dimensions are `blockSize` floats apart.
  func scoreRows(
    _ rows: UnsafeMutablePointer<AttentionRow>, _ rowCount: Int, keys: UnsafePointer<Float>, column: Int,
    count: Int
  ) {
    let dimension = shape.layout.headDimension
    let stride = shape.layout.blockSize
    var row = 0
    while row < rowCount {
      let left = rowCount - row
      let a = rows[row]
      if left == 1 {
        var offset = 0
        while offset < count {
          Self.score1(a, keys + offset, stride: stride, dimension: dimension, column: column + offset)
          offset += 8
        }
        return
      }
      let b = rows[row + 1]
      let c = rows[row + min(2, left - 1)]
      let d = rows[row + min(3, left - 1)]
      var offset = 0
      while offset < count {
        Self.score4(a, b, c, d, keys + offset, stride: stride, dimension: dimension, column: column + offset)
        offset += 8
      }
      row += 4
    }
  }

  /// Adds the values of `count` positions of one block, weighted by the columns from `column` on, to the outputs.
  ///
  /// - Parameter values: `[count × headDimension]`.
  func addRows(
    _ rows: UnsafeMutablePointer<AttentionRow>, _ rowCount: Int, values: UnsafePointer<Float>, column: Int,
    count: Int
  ) {
    let dimension = shape.layout.headDimension
    let whole = dimension & ~7
    var row = 0
    while row < rowCount {
      let left = rowCount - row
      let a = rows[row]
      let b = rows[row + min(1, left - 1)]
      let c = rows[row + min(2, left - 1)]
      let d = rows[row + min(3, left - 1)]
      var offset = 0
      while offset < whole {
        if left == 1 {
          Self.add1(a, values + offset, stride: dimension, offset: offset, column: column, count: count)
        } else {
          Self.add4(
            a, b, c, d, values + offset, stride: dimension, offset: offset, column: column, count: count)
        }
        offset += 8
      }
      if whole < dimension {
        for index in row..<min(row + 4, rowCount) {
          Self.addTail(
            rows[index], values, dimensions: whole..<dimension, stride: dimension, column: column,
            count: count)
        }
      }
      row += 4
    }
  }

  @inline(__always)
  private static func score1(
    _ a: AttentionRow, _ keys: UnsafePointer<Float>, stride: Int, dimension: Int, column: Int
  ) {
    var sum = SIMD8<Float>(repeating: 0)
    for index in 0..<dimension {
      sum += keys.lanes8(index * stride) * SIMD8(repeating: a.query[index])
    }
    a.scores.store(sum, column)
  }

  @inline(__always)
  private static func score4(
    _ a: AttentionRow, _ b: AttentionRow, _ c: AttentionRow, _ d: AttentionRow, _ keys: UnsafePointer<Float>,
    stride: Int, dimension: Int, column: Int
  ) {
    var sumA = SIMD8<Float>(repeating: 0)
    var sumB = sumA
    var sumC = sumA
    var sumD = sumA
    for index in 0..<dimension {
      let key = keys.lanes8(index * stride)
      sumA += key * SIMD8(repeating: a.query[index])
      sumB += key * SIMD8(repeating: b.query[index])
      sumC += key * SIMD8(repeating: c.query[index])
      sumD += key * SIMD8(repeating: d.query[index])
    }
    a.scores.store(sumA, column)
    b.scores.store(sumB, column)
    c.scores.store(sumC, column)
    d.scores.store(sumD, column)
  }

  @inline(__always)
  private static func add1(
    _ a: AttentionRow, _ values: UnsafePointer<Float>, stride: Int, offset: Int, column: Int, count: Int
  ) {
    var sum = UnsafePointer(a.output).lanes8(offset)
    for index in 0..<count {
      sum += values.lanes8(index * stride) * SIMD8(repeating: a.scores[column + index])
    }
    a.output.store(sum, offset)
  }

  @inline(__always)
  private static func add4(
    _ a: AttentionRow, _ b: AttentionRow, _ c: AttentionRow, _ d: AttentionRow,
    _ values: UnsafePointer<Float>,
    stride: Int, offset: Int, column: Int, count: Int
  ) {
    var sumA = UnsafePointer(a.output).lanes8(offset)
    var sumB = UnsafePointer(b.output).lanes8(offset)
    var sumC = UnsafePointer(c.output).lanes8(offset)
    var sumD = UnsafePointer(d.output).lanes8(offset)
    for index in 0..<count {
      let value = values.lanes8(index * stride)
      sumA += value * SIMD8(repeating: a.scores[column + index])
      sumB += value * SIMD8(repeating: b.scores[column + index])
      sumC += value * SIMD8(repeating: c.scores[column + index])
      sumD += value * SIMD8(repeating: d.scores[column + index])
    }
    a.output.store(sumA, offset)
    b.output.store(sumB, offset)
    c.output.store(sumC, offset)
    d.output.store(sumD, offset)
  }

  /// The last dimensions of a head whose size is no multiple of 8.
  private static func addTail(
    _ row: AttentionRow, _ values: UnsafePointer<Float>, dimensions: Range<Int>, stride: Int, column: Int,
    count: Int
  ) {
    for dimension in dimensions {
      var sum = row.output[dimension]
      for index in 0..<count { sum += values[index * stride + dimension] * row.scores[column + index] }
      row.output[dimension] = sum
    }
  }
}
