// The two products of attention in register tiles. Rows up to a tile's height are padding, computed and not read.

extension AttentionWork {
  /// Scores of some rows times all positions, a few vectors at a time; `A` is the shape's height x width.
  @inlinable @inline(__always)
  public func scoreTile<I: VectorISA, E: KVElements, S: TileShape, let A: Int>(
    _ isa: I.Type, _ elements: E.Type, _ shape: S.Type, _ registers: Registers<A>.Type, row: Int,
    keyCount: Int
  ) {
    let height = S.height
    let width = S.width
    let rowStride = paddedRowCount
    let keyStride = blockSize * E.byteCount
    let vectors = keyVectors
    let last = keyCount - 1
    let isFetching = fetchesAhead(row: row)
    let scores = scores + row * Self.scoreStride
    var key = 0
    while key < keyCount {
      let key0 = vectors[key]
      let key1 = vectors[Swift.min(key + 1, last)]
      let key2 = vectors[Swift.min(key + 2, last)]
      let key3 = vectors[Swift.min(key + 3, last)]
      // Blocks lie anywhere, so that the processor does not foresee the tile's values: a line for each line of keys.
      var values = InlineArray<4, UnsafeRawPointer>(repeating: key0.values)
      if width > 1 { values[1] = key1.values }
      if width > 2 { values[2] = key2.values }
      if width > 3 { values[3] = key3.values }
      var totals = InlineArray<A, I.Floats>(repeating: I.splat(0))
      var query = UnsafePointer(turnedQueries + row)
      var offset = 0
      for _ in 0..<headDimension {
        let keys0 = E.load(isa, key0.keys + offset)
        let keys1 = width > 1 ? E.load(isa, key1.keys + offset) : keys0
        let keys2 = width > 2 ? E.load(isa, key2.keys + offset) : keys0
        let keys3 = width > 3 ? E.load(isa, key3.keys + offset) : keys0
        unrolled(height) { row in
          let factor = I.splat(query[row])
          totals[row] = I.multiplyAdd(keys0, factor, totals[row])
          if width > 1 { totals[height + row] = I.multiplyAdd(keys1, factor, totals[height + row]) }
          if width > 2 { totals[2 * height + row] = I.multiplyAdd(keys2, factor, totals[2 * height + row]) }
          if width > 3 { totals[3 * height + row] = I.multiplyAdd(keys3, factor, totals[3 * height + row]) }
        }
        if isFetching { prefetchValues(isa, elements, width: width, &values) }
        query += rowStride
        offset += keyStride
      }
      unrolled(height) { row in
        let target = scores + row * Self.scoreStride
        I.store(totals[row], target + key0.column)
        if width > 1 { I.store(totals[height + row], target + key1.column) }
        if width > 2 { I.store(totals[2 * height + row], target + key2.column) }
        if width > 3 { I.store(totals[3 * height + row], target + key3.column) }
      }
      key += width
    }
  }

  /// Whether the tile at `row` asks for memory that comes next: the first one of a single token, whose keys and values
  /// are read once. The rows of a prompt read theirs many times, so that they are near.
  @inlinable @inline(__always)
  func fetchesAhead(row: Int) -> Bool { tokenCount == 1 && row == 0 }

  /// Asks for the next line of each vector's values, or, where a line holds two dimensions' keys, of every second one.
  @inlinable @inline(__always)
  func prefetchValues<I: VectorISA, E: KVElements>(
    _ isa: I.Type, _ elements: E.Type, width: Int, _ values: inout InlineArray<4, UnsafeRawPointer>
  ) {
    if width == 1 || E.byteCount > 2 {
      unrolled(width) { vector in
        I.prefetch(values[vector])
        values[vector] += 16 * E.byteCount
      }
      return
    }
    I.prefetch(values[0])
    let used = values[0] + 64
    values[0] = values[1]
    values[1] = used
    guard width > 2 else { return }
    I.prefetch(values[2])
    let alsoUsed = values[2] + 64
    values[2] = values[3]
    values[3] = alsoUsed
  }

  /// Values times the weights of some rows, a few vectors of dimensions at a time, then one at a time.
  @inlinable @inline(__always)
  public func valueTiles<I: VectorISA, E: KVElements, S: TileShape, let A: Int>(
    _ isa: I.Type, _ elements: E.Type, _ shape: S.Type, _ registers: Registers<A>.Type, row: Int,
    runCount: Int, next: KeyRun
  ) {
    let height = S.height
    let width = S.width
    var dimension = 0
    while dimension + width * 16 <= paddedDimension {
      valueTile(
        isa, elements, registers, height: height, width: width, row: row, dimension: dimension,
        runCount: runCount, next: next)
      dimension += width * 16
    }
    while width > 1 && dimension < paddedDimension {
      valueTile(
        isa, elements, Registers<8>.self, height: height, width: 1, row: row, dimension: dimension,
        runCount: runCount, next: next)
      dimension += 16
    }
  }

  /// Values times weights of `height` rows and `width` vectors of dimensions; `A` is at least height x width.
  @inlinable @inline(__always)
  func valueTile<I: VectorISA, E: KVElements, let A: Int>(
    _ isa: I.Type, _ elements: E.Type, _ registers: Registers<A>.Type, height: Int, width: Int, row: Int,
    dimension: Int, runCount: Int, next: KeyRun
  ) {
    let runs = valueRuns
    let stride = headDimension * E.byteCount
    let rowSums = sums + row * paddedDimension + dimension
    let weights = UnsafePointer(scores + row * Self.scoreStride)
    let padded = paddedDimension
    var totals = InlineArray<A, I.Floats>(repeating: I.splat(0))
    unrolled(height) { row in
      let sums = UnsafePointer(rowSums + row * padded)
      totals[row] = I.load(sums)
      if width > 1 { totals[height + row] = I.load(sums + 16) }
      if width > 2 { totals[2 * height + row] = I.load(sums + 32) }
      if width > 3 { totals[3 * height + row] = I.load(sums + 48) }
    }
    let isFetching = fetchesAhead(row: row) && dimension == 0
    let fetchCount = isFetching ? next.blockCount : 0
    for index in 0..<runCount {
      let run = runs[index]
      // As many bytes of keys for each position as it has of values.
      var fetched = blocks
      var fetchStride = 0
      if index < fetchCount {
        fetched = blocks + Int(next.blockTable[index]) * blockStride + next.keyByteOffset
        fetchStride = stride
      }
      var values = run.values + dimension * E.byteCount
      var weight = weights + run.column
      for _ in 0..<run.count {
        let values0 = E.load(isa, values)
        let values1 = width > 1 ? E.load(isa, values + 16 * E.byteCount) : values0
        let values2 = width > 2 ? E.load(isa, values + 32 * E.byteCount) : values0
        let values3 = width > 3 ? E.load(isa, values + 48 * E.byteCount) : values0
        unrolled(height) { row in
          let factor = I.splat(weight[row * Self.scoreStride])
          totals[row] = I.multiplyAdd(values0, factor, totals[row])
          if width > 1 { totals[height + row] = I.multiplyAdd(values1, factor, totals[height + row]) }
          if width > 2 { totals[2 * height + row] = I.multiplyAdd(values2, factor, totals[2 * height + row]) }
          if width > 3 { totals[3 * height + row] = I.multiplyAdd(values3, factor, totals[3 * height + row]) }
        }
        if isFetching {
          I.prefetch(fetched)
          if fetchStride > 64 { I.prefetch(fetched + 64) }
          if fetchStride > 128 {
            for offset in Swift.stride(from: 128, to: fetchStride, by: 64) { I.prefetch(fetched + offset) }
          }
          fetched += fetchStride
        }
        values += stride
        weight += 1
      }
    }
    unrolled(height) { row in
      let sums = rowSums + row * padded
      I.store(totals[row], sums)
      if width > 1 { I.store(totals[height + row], sums + 16) }
      if width > 2 { I.store(totals[2 * height + row], sums + 32) }
      if width > 3 { I.store(totals[3 * height + row], sums + 48) }
    }
  }
}
