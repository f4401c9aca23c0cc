// Causal grouped-query attention over the paged cache, prompt chunks and single tokens alike.
//
// Softmax is the online form, tile by tile in ascending position: maximum, rescaling, exponentials summed in sixteen
// lanes, values added position by position. Source: Milakov and Gimelshein 2018, "Online normalizer calculation for
// softmax", arXiv 1805.02867; Kwon et al. 2023, arXiv 2309.06180.

extension AttentionWork {
  /// Computes the output rows.
  @inlinable @inline(__always)
  public func attend<I: AttentionISA, E: KVElements>(_ isa: I.Type, _ elements: E.Type) {
    start(isa)
    let tile = Self.tilePositionCount
    let first = rows[0].first
    let last = rows[rowCount - 1].last
    var tileStart = first / tile * tile
    while tileStart <= last {
      let start = Swift.max(first, tileStart)
      let end = Swift.min(last + 1, tileStart + tile)
      let (keyCount, runCount) = findPositions(elements, start..<end, tileStart: tileStart)
      I.Tiles.Scores.score(self, isa, elements, keyCount: keyCount)
      for row in 0..<rowCount {
        I.weigh(self, row: row, tileStart: tileStart, start: start - tileStart, end: end - tileStart)
      }
      I.Tiles.Sums.accumulate(
        self, isa, elements, runCount: runCount, next: keys(after: tileStart, last: last))
      tileStart += tile
    }
    finish(isa)
  }

  /// The keys that are wanted when a tile is done: those of the next one, or what follows these tokens.
  @inlinable @inline(__always)
  func keys(after tileStart: Int, last: Int) -> KeyRun {
    let next = tileStart + Self.tilePositionCount
    if next > last { return following }
    let first = next / blockSize
    let end = Swift.min(last, next + Self.tilePositionCount - 1) / blockSize + 1
    return KeyRun(blockTable: blockTable + first, blockCount: end - first, keyByteOffset: keyByteOffset)
  }

  /// Turns the queries, clears the sums, and notes what each row sees.
  @inlinable @inline(__always)
  func start<I: VectorISA>(_ isa: I.Type) {
    let padded = paddedRowCount
    // Tiles of 8 rows read the padding; smaller ones do not.
    let computed = rowCount & 7 > 5 ? padded : rowCount
    let turned = turnedQueries
    var index = 0
    while index < computed * paddedDimension {
      I.store(I.splat(0), sums + index)
      index += 16
    }
    for row in 0..<rowCount {
      let position = firstPosition + row / groupSize
      rows[row] = AttentionRow(first: Swift.max(0, position - (window - 1)), last: position)
    }
    for token in 0..<tokenCount {
      var query = queries + token * queryStride
      for head in 0..<groupSize {
        var target = turned + token * groupSize + head
        for _ in 0..<headDimension {
          target[0] = query[0]
          query += 1
          target += padded
        }
      }
    }
    for row in rowCount..<Swift.max(rowCount, computed) {
      for dimension in 0..<headDimension { turned[dimension * padded + row] = 0 }
    }
  }

  /// Finds where the keys and values of `positions` lie, in ascending position.
  @inlinable @inline(__always)
  func findPositions<E: KVElements>(
    _ elements: E.Type, _ positions: Range<Int>, tileStart: Int
  ) -> (keyCount: Int, runCount: Int) {
    var keyCount = 0
    var runCount = 0
    var position = positions.lowerBound
    while position < positions.upperBound {
      let (index, slot) = position.quotientAndRemainder(dividingBy: blockSize)
      let end = Swift.min(positions.upperBound, (index + 1) * blockSize)
      let block = blocks + Int(blockTable[index]) * blockStride
      let keys = block + keyByteOffset + slot * E.byteCount
      let values = block + valueByteOffset + slot * headDimension * E.byteCount
      valueRuns[runCount] = ValueRun(
        values: values, column: position - tileStart, count: end - position)
      runCount += 1
      var offset = 0
      while offset < end - position {
        keyVectors[keyCount] = KeyVector(
          keys: keys + offset * E.byteCount, values: values + offset * headDimension * E.byteCount,
          column: position - tileStart + offset)
        keyCount += 1
        offset += 16
      }
      position = end
    }
    return (keyCount, runCount)
  }

  /// Turns a row's scores into weights relative to its new maximum, and rescales what was summed before. Weights of
  /// positions that the row does not see become exactly 0.
  ///
  /// - Parameters:
  ///   - start, end: the tile's columns that have scores.
  @inlinable @inline(__always)
  public func weighRow<I: VectorISA>(_ isa: I.Type, row: Int, tileStart: Int, start: Int, end: Int) {
    let scores = scores + row * Self.scoreStride
    let low = Swift.max(rows[row].first - tileStart, start)
    let high = Swift.min(rows[row].last + 1 - tileStart, end)
    guard low < high else {
      for column in start..<end { scores[column] = 0 }
      return
    }
    // Whole vectors from a multiple of 16 of the tile on: a position has the same lane whatever is masked.
    let hullStart = low & ~15
    let hullEnd = (high + 15) & ~15
    var scale = scale
    if softCap > 0 {
      let cap = I.splat(softCap)
      let capFactor = I.splat(scale / softCap)
      for column in stride(from: hullStart, to: hullEnd, by: 16) {
        let score = I.softCapped(I.load(scores + column), cap: cap, factor: capFactor)
        I.store(score, scores + column)
      }
      scale = 1
    }
    for column in hullStart..<low { scores[column] = -.infinity }
    for column in high..<hullEnd { scores[column] = -.infinity }
    var greatest = I.splat(-.infinity)
    for column in stride(from: hullStart, to: hullEnd, by: 16) {
      greatest = I.max(I.load(scores + column), greatest)
    }
    let tileMaximum = scale * I.greatest(greatest)
    if tileMaximum > rows[row].maximum {
      if rows[row].sum > 0 {
        let factor = I.exp(I.splat(rows[row].maximum - tileMaximum))
        rows[row].sum *= I.lanes(factor)[0]
        let sums = sums + row * paddedDimension
        for index in stride(from: 0, to: paddedDimension, by: 16) {
          I.store(I.multiply(I.load(sums + index), factor), sums + index)
        }
      }
      rows[row].maximum = tileMaximum
    }
    let factor = I.splat(scale)
    let offset = I.splat(-rows[row].maximum)
    var sum = I.splat(0)
    for column in stride(from: hullStart, to: hullEnd, by: 16) {
      let weights = I.exp(I.multiplyAdd(I.load(scores + column), factor, offset))
      I.store(weights, scores + column)
      sum = I.add(sum, weights)
    }
    rows[row].sum += I.sum(sum)
    for column in start..<Swift.max(hullStart, start) { scores[column] = 0 }
    for column in Swift.min(hullEnd, end)..<end { scores[column] = 0 }
  }

  /// Divides by the sums of weights and writes the outputs.
  @inlinable @inline(__always)
  func finish<I: VectorISA>(_ isa: I.Type) {
    for row in 0..<rowCount {
      let (token, head) = row.quotientAndRemainder(dividingBy: groupSize)
      let target = output + token * outputStride + head * headDimension
      let factor = I.splat(1 / rows[row].sum)
      let sums = sums + row * paddedDimension
      var index = 0
      while index + 16 <= headDimension {
        I.store(I.multiply(I.load(sums + index), factor), target + index)
        index += 16
      }
      if index < headDimension {
        I.store(I.multiply(I.load(sums + index), factor), target + index, count: headDimension - index)
      }
    }
  }
}
