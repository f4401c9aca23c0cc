// Causal grouped-query attention over the paged cache, prompt chunks and single tokens alike.
//
// Softmax is the online form, tile by tile in ascending position: maximum, rescaling, exponentials summed in sixteen
// lanes, values added position by position. Source: Milakov and Gimelshein 2018, "Online normalizer calculation for
// softmax", arXiv 1805.02867; Kwon et al. 2023, arXiv 2309.06180.

extension AttentionWork {
  /// Computes the output rows: the tiles that parts read together, then for each part those that are left.
  @inlinable @inline(__always)
  public func attend<I: AttentionISA, E: KVElements>(_ isa: I.Type, _ elements: E.Type) {
    start(isa, elements)
    let tile = Self.tilePositionCount
    var stage = sharedPieceCount > 0 ? 0 : 1
    while stage <= partCount {
      let isShared = stage == 0
      let stagePieces = isShared ? pieces : pieces + (sharedPieceCount + stage - 1)
      let pieceCount = isShared ? sharedPieceCount : 1
      var tileStart = Swift.max(
        isShared ? 0 : sharedEnd, firstSeen(stagePieces, count: pieceCount) / tile * tile)
      let end = isShared ? sharedEnd : stagePieces[0].end
      let next = keys(afterStage: stage)
      while tileStart < end {
        // All scores of the tile, then weights, then all values, each row's pieces in ascending position. It stands here,
        // and not in a function of its own, which the compiler would not copy but share between the instruction sets.
        let tileEnd = tileStart + tile
        let groupCount = E.takesWholeTiles ? 1 : pieceCount
        var group = 0
        while group < pieceCount {
          var low = tileEnd
          var high = tileStart
          var firstRow = rowCount
          var endRow = 0
          var runCount = 0
          for index in group..<group + groupCount {
            let piece = stagePieces[index]
            let first = Swift.max(tileStart, piece.firstSeen(window: window))
            let last = Swift.min(tileEnd, piece.end)
            if first >= last { continue }
            let found = E.findPositions(self, isa, piece.blockTable, first..<last, tileStart: tileStart)
            runCount = found.runCount
            I.Tiles.Scores.score(self, isa, elements, piece, keyCount: found.keyCount)
            low = Swift.min(low, first)
            high = Swift.max(high, last)
            firstRow = Swift.min(firstRow, piece.firstRow)
            endRow = Swift.max(endRow, piece.endRow)
          }
          for row in firstRow..<Swift.max(firstRow, endRow) {
            I.weigh(
              self, elements, row: row, tileStart: tileStart, start: low - tileStart, end: high - tileStart)
          }
          for index in group..<group + groupCount {
            let piece = stagePieces[index]
            let first = Swift.max(tileStart, piece.firstSeen(window: window))
            let last = Swift.min(tileEnd, piece.end)
            if first >= last { continue }
            if groupCount > 1 {
              runCount =
                E.findPositions(self, isa, piece.blockTable, first..<last, tileStart: tileStart).runCount
            }
            var fetched = piece.end > tileEnd ? keys(of: piece, from: tileEnd) : next
            if !piece.isReadOnce || piece.end <= tileEnd && index < pieceCount - 1 { fetched.blockCount = 0 }
            I.Tiles.Sums.accumulate(self, isa, elements, piece, runCount: runCount, next: fetched)
          }
          group += groupCount
        }
        tileStart = tileEnd
      }
      stage += 1
    }
    finish(isa, elements)
  }

  /// The first position that a row of some pieces sees.
  @inlinable @inline(__always)
  func firstSeen(_ pieces: UnsafePointer<AttentionPiece>, count: Int) -> Int {
    var first = pieces[0].firstSeen(window: window)
    for index in 1..<count { first = Swift.min(first, pieces[index].firstSeen(window: window)) }
    return first
  }

  /// The keys that are wanted when a stage is done: those of the next part that reads more, or what follows all.
  @inlinable @inline(__always)
  func keys(afterStage stage: Int) -> KeyRun {
    for part in stage..<Swift.max(stage, partCount) {
      let piece = pieces[sharedPieceCount + part]
      let position = Swift.max(sharedEnd, piece.firstSeen(window: window))
      if position < piece.end { return keys(of: piece, from: position) }
    }
    return following
  }

  /// The keys of a piece from `position`, one of its own, to the end of its tile.
  @inlinable @inline(__always)
  func keys(of piece: AttentionPiece, from position: Int) -> KeyRun {
    let first = position / blockSize
    let end = Swift.min(piece.end, (position | (Self.tilePositionCount - 1)) + 1)
    return KeyRun(
      blockTable: piece.blockTable + first, blockCount: (end - 1) / blockSize + 1 - first,
      keyByteOffset: keyByteOffset)
  }

  /// The row before which a tile may end: the padding belongs to the last rows of all.
  @inlinable @inline(__always)
  func paddedEnd(of piece: AttentionPiece) -> Int {
    piece.endRow == rowCount ? paddedRowCount : piece.endRow
  }

  /// Arranges the queries, clears the sums, and notes what each row sees.
  @inlinable @inline(__always)
  func start<I: AttentionISA, E: KVElements>(_ isa: I.Type, _ elements: E.Type) {
    // Tiles of 8 rows read the padding; smaller ones do not.
    let computed = rowCount > 5 ? paddedRowCount : rowCount
    var index = 0
    while index < computed * paddedDimension {
      I.store(I.splat(0), sums + index)
      index += 16
    }
    for index in 0..<partCount {
      let part = parts[index]
      for token in 0..<part.tokenCount {
        let position = part.firstPosition + token
        for head in 0..<groupSize {
          rows[part.firstRow + token * groupSize + head] = AttentionRow(
            first: Swift.max(0, position - (window - 1)), last: position,
            query: queries + (part.token + token) * queryStride + head * headDimension)
        }
      }
    }
    E.takeQueries(self, isa, computed: computed)
  }

  /// Writes the queries as `turnedQueries` has them.
  @inlinable @inline(__always)
  func turnQueries(computed: Int) {
    let padded = paddedRowCount
    let turned = turnedQueries
    for row in 0..<rowCount {
      let query = rows[row].query
      var target = turned + row
      for dimension in 0..<headDimension {
        target[0] = query[dimension]
        target += padded
      }
    }
    for row in rowCount..<Swift.max(rowCount, computed) {
      for dimension in 0..<headDimension { turned[dimension * padded + row] = 0 }
    }
  }

  /// Finds where the keys and values of `positions` lie, in ascending position.
  @inlinable @inline(__always)
  func findPositions<E: KVNumbers>(
    _ elements: E.Type, _ blockTable: UnsafePointer<Int32>, _ positions: Range<Int>, tileStart: Int
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
    guard let seen = seenColumns(row: row, tileStart: tileStart, start: start, end: end) else {
      for column in start..<end { scores[column] = 0 }
      return
    }
    let (hull, scale) = settleScores(isa, row: row, seen)
    let factor = I.splat(scale)
    let offset = I.splat(-rows[row].maximum)
    var sum = I.splat(0)
    for column in stride(from: hull.lowerBound, to: hull.upperBound, by: 16) {
      let weights = I.exp(I.multiplyAdd(I.load(scores + column), factor, offset))
      I.store(weights, scores + column)
      sum = I.add(sum, weights)
    }
    rows[row].sum += I.sum(sum)
    for column in start..<Swift.max(hull.lowerBound, start) { scores[column] = 0 }
    for column in Swift.min(hull.upperBound, end)..<end { scores[column] = 0 }
  }

  /// The columns from `start` to `end` whose positions a row sees; nil for none.
  @inlinable @inline(__always)
  func seenColumns(row: Int, tileStart: Int, start: Int, end: Int) -> Range<Int>? {
    let low = Swift.max(rows[row].first - tileStart, start)
    let high = Swift.min(rows[row].last + 1 - tileStart, end)
    return low < high ? low..<high : nil
  }

  /// Caps a row's scores of the columns that it sees, makes those beside them in the same vectors infinitely small, and
  /// raises the row's maximum to the greatest.
  ///
  /// - Returns: the columns of these vectors, which begin at multiples of 16 of the tile, so that a position has the same
  ///   lane whatever is masked; and what scores are still to be multiplied by.
  @inlinable @inline(__always)
  func settleScores<I: VectorISA>(
    _ isa: I.Type, row: Int, _ seen: Range<Int>
  ) -> (hull: Range<Int>, scale: Float) {
    let scores = scores + row * Self.scoreStride
    let hull = seen.lowerBound & ~15..<(seen.upperBound + 15) & ~15
    var scale = scale
    if softCap > 0 {
      capScores(isa, row: row, hull, scale: scale)
      scale = 1
    }
    for column in hull.lowerBound..<seen.lowerBound { scores[column] = -.infinity }
    for column in seen.upperBound..<hull.upperBound { scores[column] = -.infinity }
    raiseMaximum(isa, row: row, hull, scale: scale)
    return (hull, scale)
  }

  /// Caps a row's scores times `scale` softly.
  @inlinable @inline(__always)
  func capScores<I: VectorISA>(_ isa: I.Type, row: Int, _ columns: Range<Int>, scale: Float) {
    let scores = scores + row * Self.scoreStride
    let cap = I.splat(softCap)
    let capFactor = I.splat(scale / softCap)
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 16) {
      I.store(I.softCapped(I.load(scores + column), cap: cap, factor: capFactor), scores + column)
    }
  }

  /// Makes the maximum of a row at least that of its scores times `scale`, and what was summed before relative to it.
  @inlinable @inline(__always)
  func raiseMaximum<I: VectorISA>(_ isa: I.Type, row: Int, _ columns: Range<Int>, scale: Float) {
    let scores = scores + row * Self.scoreStride
    var greatest = I.splat(-.infinity)
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 16) {
      greatest = I.max(I.load(scores + column), greatest)
    }
    let tileMaximum = scale * I.greatest(greatest)
    guard tileMaximum > rows[row].maximum else { return }
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

  /// Divides by the sums of weights and writes the outputs.
  @inlinable @inline(__always)
  func finish<I: AttentionISA, E: KVElements>(_ isa: I.Type, _ elements: E.Type) {
    for index in 0..<partCount {
      let part = parts[index]
      for row in 0..<part.tokenCount * groupSize {
        let (token, head) = row.quotientAndRemainder(dividingBy: groupSize)
        E.restoreSums(self, isa, row: part.firstRow + row)
        write(
          isa, row: part.firstRow + row,
          to: output + (part.token + token) * outputStride + head * headDimension)
      }
    }
  }

  /// Divides a row's sums by its sum of weights.
  @inlinable @inline(__always)
  func write<I: VectorISA>(_ isa: I.Type, row: Int, to target: UnsafeMutablePointer<Float>) {
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
