// The two products of attention in register tiles. Rows up to a tile's height are padding, computed and not read.

extension AttentionWork {
  /// Scores of some rows times all positions, a few vectors at a time.
  ///
  /// - Parameter isFetching: whether it asks for the positions' values meanwhile.
  @inlinable @inline(__always)
  public func scoreTile<I: VectorISA, E: KVNumbers, S: TileShape>(
    _ isa: I.Type, _ elements: E.Type, _ shape: S.Type, row: Int, keyCount: Int, isFetching: Bool
  ) {
    let rowStride = paddedRowCount
    let keyStride = blockSize * E.byteCount
    let scores = scores + row * Self.scoreStride
    var key = 0
    while key < keyCount {
      let first = keyVectors[key]
      var vectors = InlineArray<4, KeyVector>(repeating: first)
      // Blocks lie anywhere, so that the processor does not foresee the tile's values: a line for each line of keys.
      var values = InlineArray<4, UnsafeRawPointer>(repeating: first.values)
      unrolled(S.width) { vector in
        vectors[vector] = keyVectors[Swift.min(key + vector, keyCount - 1)]
        values[vector] = vectors[vector].values
      }
      var totals = InlineArray<16, I.Floats>(repeating: I.splat(0))
      var query = UnsafePointer(turnedQueries + row)
      var offset = 0
      for _ in 0..<headDimension {
        addProducts(isa, shape, factors: query, stride: 1, &totals) { E.load(isa, vectors[$0].keys + offset) }
        if isFetching { prefetchValues(isa, elements, width: S.width, &values) }
        query += rowStride
        offset += keyStride
      }
      unrolled(S.height) { row in
        unrolled(S.width) { vector in
          I.store(
            totals[vector * S.height + row], scores + row * Self.scoreStride + vectors[vector].column)
        }
      }
      key += S.width
    }
  }

  /// Adds the products of a tile's vectors with a factor for each of its rows.
  @inlinable @inline(__always)
  func addProducts<I: VectorISA, S: TileShape>(
    _ isa: I.Type, _ shape: S.Type, factors: UnsafePointer<Float>, stride: Int,
    _ totals: inout InlineArray<16, I.Floats>, _ load: (_ vector: Int) -> I.Floats
  ) {
    var vectors = InlineArray<4, I.Floats>(repeating: I.splat(0))
    unrolled(S.width) { vectors[$0] = load($0) }
    unrolled(S.height) { row in
      let factor = I.splat(factors[row * stride])
      unrolled(S.width) { vector in
        let index = vector * S.height + row
        totals[index] = I.multiplyAdd(vectors[vector], factor, totals[index])
      }
    }
  }

  /// Asks for the next line of each vector's values, or, where a line holds two dimensions' keys, of every second one.
  @inlinable @inline(__always)
  func prefetchValues<I: VectorISA, E: KVNumbers>(
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
  public func valueTiles<I: VectorISA, E: KVNumbers, S: TileShape>(
    _ isa: I.Type, _ elements: E.Type, _ shape: S.Type, row: Int, runCount: Int, next: KeyRun
  ) {
    var dimension = 0
    while dimension + S.width * 16 <= paddedDimension {
      valueTile(isa, elements, shape, row: row, dimension: dimension, runCount: runCount, next: next)
      dimension += S.width * 16
    }
    while S.width > 1 && dimension < paddedDimension {
      valueTile(isa, elements, S.Single.self, row: row, dimension: dimension, runCount: runCount, next: next)
      dimension += 16
    }
  }

  /// Values times weights of a tile's rows and vectors of dimensions.
  @inlinable @inline(__always)
  func valueTile<I: VectorISA, E: KVNumbers, S: TileShape>(
    _ isa: I.Type, _ elements: E.Type, _ shape: S.Type, row: Int, dimension: Int, runCount: Int, next: KeyRun
  ) {
    let stride = headDimension * E.byteCount
    let sums = sums + row * paddedDimension + dimension
    let padded = paddedDimension
    let weights = UnsafePointer(scores + row * Self.scoreStride)
    var totals = InlineArray<16, I.Floats>(repeating: I.splat(0))
    unrolled(S.height) { row in
      unrolled(S.width) { totals[$0 * S.height + row] = I.load(sums + row * padded + 16 * $0) }
    }
    let isFetching = next.blockCount > 0 && dimension == 0
    let fetchCount = isFetching ? next.blockCount : 0
    for index in 0..<runCount {
      let run = valueRuns[index]
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
        addProducts(isa, shape, factors: weight, stride: Self.scoreStride, &totals) {
          E.load(isa, values + 16 * $0 * E.byteCount)
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
    unrolled(S.height) { row in
      unrolled(S.width) { I.store(totals[$0 * S.height + row], sums + row * padded + 16 * $0) }
    }
  }
}
