import QuireKernelBodies
import QuireTensorFormats

/// Packs rows as a model file stores them into panels.
struct PanelPacker {
  let rows: WeightRows
  let format: PanelFormat
  /// Panel 0; all zero.
  let panels: UnsafeMutableRawPointer
  /// `[whole panels' rows]`, where the format has one scale a row.
  let rowScales: UnsafeMutablePointer<Float>

  /// Packs the rows of one panel; rows that do not exist stay zero.
  ///
  /// - Returns: the first row with NaN or an infinity, or nil.
  func pack(panel: Int) -> Int? {
    let base = panels + panel * format.panelByteCount(columnCount: rows.columnCount)
    let firstRow = panel * PanelLayout.rowCount
    var firstBadRow: Int?
    for lane in 0..<min(PanelLayout.rowCount, rows.rowCount - firstRow) {
      let isFinite = pack(row: firstRow + lane, lane: lane, base)
      if !isFinite && firstBadRow == nil { firstBadRow = firstRow + lane }
    }
    return firstBadRow
  }

  private func pack(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    switch format {
    case .nibbles, .nibblesWithMinima: packNibbles(row: row, lane: lane, base)
    case .bytes, .bytesWithMinima: packBytes(row: row, lane: lane, base)
    case .bytesByRow: packByRow(row: row, lane: lane, base)
    case .singles: packSingles(row: row, lane: lane, base)
    case .halves, .bfloats: packHalves(row: row, lane: lane, base)
    case .bfloatPairs: packPairs(row: row, lane: lane, base)
    }
  }

  private var blockCount: Int { rows.columnCount / PanelLayout.blockColumnCount }

  /// Stores a block's scale, and its minimum if it has one; says whether they are finite.
  @inline(__always)
  private func storeScales(
    _ source: UnsafeRawPointer, block: Int, lane: Int, _ base: UnsafeMutableRawPointer
  ) -> Bool {
    let scales = base + block * PanelLayout.scaleByteCount(hasMinimum: format.hasMinimum) + lane * 2
    let scale = source.loadUnaligned(as: UInt16.self)
    scales.storeBytes(of: scale, as: UInt16.self)
    guard format.hasMinimum else { return isFinite(scale) }
    let minimum = source.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
    scales.storeBytes(of: minimum, toByteOffset: PanelLayout.halvesByteCount, as: UInt16.self)
    return isFinite(scale) && isFinite(minimum)
  }

  @inline(__always)
  private func isFinite(_ half: UInt16) -> Bool { half & 0x7C00 != 0x7C00 }

  /// The file's nibbles lie as a panel's do: the high ones are 16 columns further on.
  private func packNibbles(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    var source = rows.row(row)
    var weights = base + format.scalesByteCount(columnCount: rows.columnCount) + lane * 4
    let (stride, offset) =
      format.hasMinimum
      ? (BlockQ4_1.byteCount, BlockQ4_1.quantsOffset) : (BlockQ4_0.byteCount, BlockQ4_0.quantsOffset)
    var finite = true
    for block in 0..<blockCount {
      finite = storeScales(source, block: block, lane: lane, base) && finite
      for group in 0..<4 {
        let word = source.loadUnaligned(fromByteOffset: offset + group * 4, as: UInt32.self)
        weights.storeBytes(of: word, toByteOffset: group * PanelLayout.groupByteCount, as: UInt32.self)
      }
      source += stride
      weights += PanelLayout.nibbleBlockByteCount
    }
    return finite
  }

  private func packBytes(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    var source = rows.row(row)
    var weights = base + format.scalesByteCount(columnCount: rows.columnCount) + lane * 4
    var finite = true
    for block in 0..<blockCount {
      finite = storeScales(source, block: block, lane: lane, base) && finite
      let integers = integers(of: source)
      for group in 0..<8 {
        weights.storeBytes(
          of: Self.word(integers, group), toByteOffset: group * PanelLayout.groupByteCount, as: UInt32.self)
      }
      source += rows.format.blockByteCount
      weights += PanelLayout.byteBlockByteCount
    }
    return finite
  }

  /// The weights of a block, 128 added.
  @inline(__always)
  private func integers(of source: UnsafeRawPointer) -> SIMD32<UInt8> {
    switch rows.format {
    case .q5_0:
      let fives = Self.fiveBits(
        source + BlockQ5_0.quantsOffset,
        source.loadUnaligned(fromByteOffset: BlockQ5_0.highBitsOffset, as: UInt32.self))
      return fives &+ SIMD32(repeating: 112)
    case .q5_1:
      let fives = Self.fiveBits(
        source + BlockQ5_1.quantsOffset,
        source.loadUnaligned(fromByteOffset: BlockQ5_1.highBitsOffset, as: UInt32.self))
      return fives &+ SIMD32(repeating: 128)
    default:
      let bytes = source.loadUnaligned(fromByteOffset: BlockQ8_0.quantsOffset, as: SIMD32<UInt8>.self)
      return bytes &+ SIMD32(repeating: 128)
    }
  }

  /// 32 numbers of 5 bits: nibbles and fifth bits.
  private static func fiveBits(_ quants: UnsafeRawPointer, _ highBits: UInt32) -> SIMD32<UInt8> {
    var result = SIMD32<UInt8>(repeating: 0)
    for column in 0..<16 {
      let byte = quants.load(fromByteOffset: column, as: UInt8.self)
      result[column] = byte & 15 | UInt8(truncatingIfNeeded: highBits >> UInt32(column) & 1) << 4
      result[column + 16] = byte >> 4 | UInt8(truncatingIfNeeded: highBits >> UInt32(column + 16) & 1) << 4
    }
    return result
  }

  @inline(__always)
  static func word(_ bytes: SIMD32<UInt8>, _ group: Int) -> UInt32 {
    unsafeBitCast(bytes, to: SIMD8<UInt32>.self)[group]
  }

  private func packSingles(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.columnCount) { buffer in
      let values = buffer.baseAddress!
      let finite = rows.dequantizeIfFinite(row: row, to: values)
      let panel = base.assumingMemoryBound(to: Float.self) + lane
      for column in 0..<rows.columnCount { panel[column * PanelLayout.rowCount] = values[column] }
      return finite
    }
  }

  /// Pairs of bfloat16 numbers, bits as they are; an odd last one with zero beside it.
  private func packPairs(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    let source = rows.row(row)
    let panel = base + lane * 4
    // The top bit of each half of (magnitude + 2⁷) is set exactly where the exponent is all ones.
    var bad: UInt32 = 0
    let pairCount = rows.columnCount / 2
    for pair in 0..<pairCount {
      let bits = source.loadUnaligned(fromByteOffset: pair * 4, as: UInt32.self)
      bad |= (bits & 0x7FFF_7FFF) &+ 0x0080_0080
      panel.storeBytes(of: bits, toByteOffset: pair * BFloatLayout.pairByteCount, as: UInt32.self)
    }
    if rows.columnCount % 2 == 1 {
      let bits = UInt32(source.loadUnaligned(fromByteOffset: pairCount * 4, as: UInt16.self))
      bad |= (bits & 0x7FFF_7FFF) &+ 0x0080_0080
      panel.storeBytes(of: bits, toByteOffset: pairCount * BFloatLayout.pairByteCount, as: UInt32.self)
    }
    return bad & 0x8000_8000 == 0
  }

  /// Half precision and bfloat16, bits as they are.
  private func packHalves(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    let source = rows.row(row)
    let panel = base.assumingMemoryBound(to: UInt16.self) + lane
    let exponent: UInt16 = format == .halves ? 0x7C00 : 0x7F80
    var finite = true
    for column in 0..<rows.columnCount {
      let bits = source.loadUnaligned(fromByteOffset: column * 2, as: UInt16.self)
      if bits & exponent == exponent { finite = false }
      panel[column * PanelLayout.rowCount] = bits
    }
    return finite
  }
}
