// The two products of attention over bytes in register tiles. Rows up to a tile's height are padding, computed and not
// read.

extension AttentionWork {
  /// Scores of some rows times all positions, a few runs at a time: half of the tile's sums are those of a group of
  /// dimensions, the others those of all.
  @inlinable @inline(__always)
  func scoreByteRows<I: AttentionISA, S: TileShape>(
    _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, isFetching: Bool
  ) {
    if S.height * S.width > 8 {
      scoreByteTile(isa, S.Single.self, row: row, runCount: runCount, isFetching: isFetching)
    } else {
      scoreByteTile(isa, shape, row: row, runCount: runCount, isFetching: isFetching)
    }
  }

  @inlinable @inline(__always)
  func scoreByteTile<I: AttentionISA, S: TileShape>(
    _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, isFetching: Bool
  ) {
    let rowStride = paddedRowCount
    let scores = scores + row * Self.scoreStride
    let groupCount = paddedDimension / ByteRun.groupDimension
    let scaleOffset = ByteRun.keyScaleOffset(headDimension: headDimension)
    var key = 0
    while key < runCount {
      var runs = InlineArray<4, KeyVector>(repeating: keyVectors[key])
      unrolled(S.width) { runs[$0] = keyVectors[Swift.min(key + $0, runCount - 1)] }
      var totals = InlineArray<8, I.Floats>(repeating: I.splat(0))
      var query = UnsafePointer(queryWords + row)
      var scales = UnsafePointer(queryScales + row)
      var corrections = UnsafePointer(queryCorrections + row)
      var offset = 0
      var scaleAt = scaleOffset
      for _ in 0..<groupCount {
        var sums = InlineArray<8, I.Integers>(repeating: I.startValueSums())
        unrolled(S.height) { row in
          let start = I.startKeySums(corrections[row])
          unrolled(S.width) { sums[$0 * S.height + row] = start }
        }
        unrolled(2) { plane in
          if plane == 1 { unrolled(S.height * S.width) { sums[$0] = I.times128(sums[$0]) } }
          unrolled(ByteRun.groupDimension / 4) { word in
            let place = offset + 64 * word
            var keys = InlineArray<4, I.KeyBytes>(repeating: I.keyBytes(at: runs[0].keys + place))
            unrolled(S.width) { run in
              if run > 0 { keys[run] = I.keyBytes(at: runs[run].keys + place) }
              if isFetching && plane == 0 { I.prefetch(runs[run].values + place) }
            }
            unrolled(S.height) { row in
              let word = query[row]
              unrolled(S.width) { run in
                let index = run * S.height + row
                sums[index] = I.addProducts(sums[index], keys[run], query: word)
              }
            }
            query += rowStride
          }
        }
        offset += ByteRun.groupDimension * ByteRun.positionCount
        unrolled(S.width) { run in
          let keyScale = I.loadHalves((runs[run].keys + scaleAt).assumingMemoryBound(to: UInt16.self))
          unrolled(S.height) { row in
            let index = run * S.height + row
            totals[index] = I.multiplyAdd(
              I.multiply(I.floats(sums[index]), keyScale), I.splat(scales[row]), totals[index])
          }
        }
        scaleAt += 2 * ByteRun.positionCount
        scales += rowStride
        corrections += rowStride
      }
      unrolled(S.width) { run in
        unrolled(S.height) { row in
          I.store(totals[run * S.height + row], scores + row * Self.scoreStride + runs[run].column)
        }
      }
      key += S.width
    }
  }

  /// Values times the weights of some rows, a few vectors of dimensions at a time, then one at a time.
  @inlinable @inline(__always)
  func valueByteTiles<I: AttentionISA, S: TileShape>(
    _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, next: KeyRun
  ) {
    var dimension = 0
    while dimension + S.width * 16 <= paddedDimension {
      valueByteTile(isa, shape, row: row, dimension: dimension, runCount: runCount, next: next)
      dimension += S.width * 16
    }
    while S.width > 1 && dimension < paddedDimension {
      valueByteTile(isa, S.Single.self, row: row, dimension: dimension, runCount: runCount, next: next)
      dimension += 16
    }
  }

  /// Values times weights of a tile's rows and vectors of dimensions, the higher bytes of the weights before the lower.
  @inlinable @inline(__always)
  func valueByteTile<I: AttentionISA, S: TileShape>(
    _ isa: I.Type, _ shape: S.Type, row: Int, dimension: Int, runCount: Int, next: KeyRun
  ) {
    let padded = paddedDimension
    let sums = sums + row * padded + dimension
    let weightStride = 2 * Self.tilePositionCount
    let tileRows = rows + row
    let runsPerBlock = blockSize / ByteRun.positionCount
    let isFetching = next.blockCount > 0 && dimension == 0
    let fetchCount = isFetching ? next.blockCount * runsPerBlock : 0
    for plane in 0..<2 {
      let weights = UnsafeRawPointer(weightBytes + row * weightStride + plane * Self.tilePositionCount)
      let unit: Float = plane == 0 ? 128 : 1
      var totals = InlineArray<16, I.Integers>(repeating: I.startValueSums())
      for index in 0..<runCount {
        // Before the products: after them, the compiler would make these when it has asked, with all factors in memory.
        if index < fetchCount { fetchKeys(isa, next, run: index, runsPerBlock: runsPerBlock, part: plane) }
        let run = keyVectors[index]
        var place = weights + run.column
        var valuePlace = run.values + 4 * dimension
        for _ in 0..<ByteRun.positionCount / 4 {
          var values = InlineArray<4, I.ValueBytes>(repeating: I.valueBytes(at: valuePlace))
          unrolled(S.width) { if $0 > 0 { values[$0] = I.valueBytes(at: valuePlace + 64 * $0) } }
          unrolled(S.height) { row in
            let word = place.loadUnaligned(fromByteOffset: row * weightStride, as: Int32.self)
            unrolled(S.width) { vector in
              let index = vector * S.height + row
              totals[index] = I.addProducts(totals[index], values[vector], weights: word)
            }
          }
          place += 4
          valuePlace += 4 * padded
        }
      }
      unrolled(S.height) { row in
        let scale = I.splat(unit * tileRows[row].weightScale)
        unrolled(S.width) { vector in
          let place = sums + row * padded + 16 * vector
          I.store(
            I.multiplyAdd(I.floats(totals[vector * S.height + row]), scale, I.load(place)), place)
        }
      }
    }
  }

  /// Asks for half of a run's keys, and then for the scales.
  @inlinable @inline(__always)
  func fetchKeys<I: VectorISA>(_ isa: I.Type, _ next: KeyRun, run: Int, runsPerBlock: Int, part: Int) {
    let (block, index) =
      runsPerBlock == 1 ? (run, 0) : run.quotientAndRemainder(dividingBy: runsPerBlock)
    let byteCount = ByteRun.byteCount(headDimension: headDimension)
    let keys =
      blocks + Int(next.blockTable[block]) * blockStride + next.keyByteOffset + index * byteCount
    let half = 8 * paddedDimension
    for offset in stride(from: part * half, to: (part + 1) * half, by: 64) { I.prefetch(keys + offset) }
    guard part == 1 else { return }
    let scales = ByteRun.keyScaleOffset(headDimension: headDimension)
    for offset in stride(from: scales, to: byteCount, by: 64) { I.prefetch(keys + offset) }
  }
}
