/// Keys and values as signed bytes with scales of their own position and head, as `ByteRun` lays them out.
///
/// Queries are rounded to 14 bits, in two bytes, and so are the weights of values, so that both products are sums of
/// integers: exact, whatever the instructions. A score is the sum over the groups of dimensions, in ascending order, of
/// `float(sum) * scale of the key * scale of the query`. A tile's weights are multiplied by the scales of the values
/// before they are rounded; a sum of values takes the higher bytes first. What a row reads of a tile has to be summed at
/// once: its bits depend on where it is cut.
public enum ByteElements: KVElements {
  /// Sums of integers are scaled once a tile.
  @inlinable @inline(__always)
  public static var takesWholeTiles: Bool { true }

  /// The greatest weight.
  @inlinable @inline(__always)
  static var greatestWeight: Float { 127 * 128 + 127 }

  /// The greatest magnitude of a query's number: both of its bytes are signed, the lower one within -64...64.
  @inlinable @inline(__always)
  static var greatestQuery: Float { 127 * 128 + 63 }

  /// Queries as bytes.
  @inlinable @inline(__always)
  public static func takeQueries<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, computed: Int
  ) {
    work.quantizeQueries(isa, computed: computed)
  }

  /// Runs of sixteen positions, whole ones: what a row does not see has no weight.
  @inlinable @inline(__always)
  public static func findPositions<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ blockTable: UnsafePointer<Int32>,
    _ positions: Range<Int>,
    tileStart: Int
  ) -> (keyCount: Int, runCount: Int) {
    let count = work.findByteRuns(isa, blockTable, positions, tileStart: tileStart)
    return (count, count)
  }

  /// Products with keys.
  @inlinable @inline(__always)
  public static func scoreTile<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, keyCount: Int, isFetching: Bool
  ) {
    work.scoreByteRows(isa, shape, row: row, runCount: keyCount, isFetching: isFetching)
  }

  /// Weights as bytes.
  @inlinable @inline(__always)
  public static func weighRow<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, row: Int, tileStart: Int, start: Int, end: Int
  ) {
    work.weighByteRow(isa, row: row, tileStart: tileStart, start: start & ~15, end: (end + 15) & ~15)
  }

  /// Products with values.
  @inlinable @inline(__always)
  public static func valueTiles<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, next: KeyRun
  ) {
    work.valueByteTiles(isa, shape, row: row, runCount: runCount, next: next)
  }

  /// Rotates them back.
  @inlinable @inline(__always)
  public static func restoreSums<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, row: Int
  ) {
    let sums = work.sums + row * work.paddedDimension
    I.rotate(sums, work.paddedDimension, into: sums)
  }
}

extension AttentionWork {
  /// Writes the queries as `queryWords` has them, a scale for each of a row's groups of dimensions.
  @inlinable @inline(__always)
  func quantizeQueries<I: ByteVectorISA>(_ isa: I.Type, computed: Int) {
    let padded = paddedRowCount
    let groupCount = paddedDimension / ByteRun.groupDimension
    let shift = I.splat(I.roundingShift)
    let (part, whole) = (I.splat(1 / 128), I.splat(-128))
    var buffer = InlineArray<8, Int32>(repeating: 0)
    withUnsafeMutablePointer(to: &buffer) { buffer in
      let words = UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: Int32.self)
      for row in 0..<rowCount {
        // There are no scores yet.
        I.rotateGroups(rows[row].query, headDimension, into: scores)
        for group in 0..<groupCount {
          let query = scores + ByteRun.groupDimension * group
          let greatest = I.greatestMagnitude(query, count: ByteRun.groupDimension)
          let isSmall = greatest < smallestQuantizedMagnitude
          let factor = isSmall ? 0 : ByteElements.greatestQuery / greatest
          let number = I.subtract(I.multiplyAdd(I.load(query), I.splat(factor), shift), shift)
          let high = I.multiplyAdd(number, part, shift)
          I.storeLowBytes(high, UnsafeMutableRawPointer(words))
          let low = I.multiplyAdd(I.subtract(high, shift), whole, number)
          I.storeLowBytes(I.add(low, shift), UnsafeMutableRawPointer(words + 4))
          for word in 0..<8 { queryWords[(8 * group + word) * padded + row] = words[word] }
          queryScales[group * padded + row] = isSmall ? 0 : greatest * (1 / ByteElements.greatestQuery)
          // Of a query that is not a number the scale says so.
          let sum = I.sum(number)
          queryCorrections[group * padded + row] = sum == sum ? -Int32(sum) : 0
        }
      }
    }
    for row in rowCount..<Swift.max(rowCount, computed) {
      for word in 0..<8 * groupCount { queryWords[word * padded + row] = 0 }
      for group in 0..<groupCount {
        queryScales[group * padded + row] = 0
        queryCorrections[group * padded + row] = 0
      }
    }
  }

  /// Finds the runs of `positions` and the scales of their values, in ascending position. Returns how many they are.
  @inlinable @inline(__always)
  func findByteRuns<I: VectorISA>(
    _ isa: I.Type, _ blockTable: UnsafePointer<Int32>, _ positions: Range<Int>, tileStart: Int
  ) -> Int {
    let byteCount = ByteRun.byteCount(headDimension: headDimension)
    let valueOffset = ByteRun.valueOffset(headDimension: headDimension)
    let scaleOffset = ByteRun.valueScaleOffset(headDimension: headDimension)
    var count = 0
    for position in stride(
      from: positions.lowerBound & ~15, to: positions.upperBound, by: ByteRun.positionCount)
    {
      let (index, slot) = position.quotientAndRemainder(dividingBy: blockSize)
      let run =
        blocks + Int(blockTable[index]) * blockStride + keyByteOffset
        + slot / ByteRun.positionCount * byteCount
      let column = position - tileStart
      keyVectors[count] = KeyVector(keys: run, values: run + valueOffset, column: column)
      let scales = (run + scaleOffset).assumingMemoryBound(to: UInt16.self)
      // In slots that nothing was stored in stands anything; their weights are 0, and remain so.
      let stored = I.max(I.loadHalves(scales), I.splat(0))
      I.store(I.min(stored, I.splat(65504)), valueScales + column)
      count += 1
    }
    return count
  }

  /// Turns a row's scores into `weightBytes` and `AttentionRow.weightScale`.
  ///
  /// - Parameters:
  ///   - start, end: the tile's columns that have scores, whole runs.
  @inlinable @inline(__always)
  func weighByteRow<I: ByteVectorISA>(_ isa: I.Type, row: Int, tileStart: Int, start: Int, end: Int) {
    let scores = scores + row * Self.scoreStride
    let bytes = weightBytes + row * 2 * Self.tilePositionCount
    let lowBytes = bytes + Self.tilePositionCount
    guard let seen = seenColumns(row: row, tileStart: tileStart, start: start, end: end) else {
      (bytes + start).initializeMemory(as: UInt8.self, repeating: 0, count: end - start)
      (lowBytes + start).initializeMemory(as: UInt8.self, repeating: 0, count: end - start)
      rows[row].weightScale = 0
      return
    }
    let (hull, scale) = settleScores(isa, row: row, seen)
    // As powers of two.
    let log2e: Float = 1.442_695_04
    let factor = I.splat(scale * log2e)
    let offset = I.splat(-rows[row].maximum * log2e)
    var sum = I.splat(0)
    var greatest = I.splat(0)
    for column in stride(from: hull.lowerBound, to: hull.upperBound, by: 16) {
      let weights = I.roughPowerOfTwo(I.multiplyAdd(I.load(scores + column), factor, offset))
      sum = I.add(sum, weights)
      let scaled = I.multiply(weights, I.load(valueScales + column))
      greatest = I.max(scaled, greatest)
      I.store(scaled, scores + column)
    }
    rows[row].sum += I.sum(sum)
    // So small that nothing is lost, and the factor finite.
    let bound = Swift.max(I.greatest(greatest), 1e-30)
    rows[row].weightScale = bound * (1 / ByteElements.greatestWeight)
    let weightFactor = I.splat(ByteElements.greatestWeight / bound)
    let shift = I.splat(I.roundingShift)
    for column in stride(from: hull.lowerBound, to: hull.upperBound, by: 16) {
      let weights = I.multiplyAdd(I.load(scores + column), weightFactor, shift)
      I.storeSevens(weights, high: bytes + column, low: lowBytes + column)
    }
    (bytes + start).initializeMemory(as: UInt8.self, repeating: 0, count: hull.lowerBound - start)
    (lowBytes + start).initializeMemory(as: UInt8.self, repeating: 0, count: hull.lowerBound - start)
    (bytes + hull.upperBound).initializeMemory(as: UInt8.self, repeating: 0, count: end - hull.upperBound)
    (lowBytes + hull.upperBound).initializeMemory(as: UInt8.self, repeating: 0, count: end - hull.upperBound)
  }
}
