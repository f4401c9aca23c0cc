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

  /// Packs some rows, up to the first with NaN or an infinity, which is returned.
  ///
  /// Panels are one caller's each, who packs their rows in order: lanes share cache lines.
  func pack(rows range: Range<Int>) -> Int? {
    let panelByteCount = format.panelByteCount(columnCount: rows.columnCount)
    return range.first { row in
      let (panel, lane) = row.quotientAndRemainder(dividingBy: PanelLayout.rowCount)
      return !pack(row: row, lane: lane, panels + panel * panelByteCount)
    }
  }

  private func pack(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    switch format {
    case .quantized(let panel):
      if let integers = rows.format.integers {
        packIntegers(integers, panel, row: row, lane: lane, base)
      } else {
        packByRow(row: row, lane: lane, base)
      }
    case .floating(.singles): packSingles(row: row, lane: lane, base)
    case .floating(.halves): packHalves(exponent: 0x7C00, row: row, lane: lane, base)
    case .floating(.bfloats): packHalves(exponent: 0x7F80, row: row, lane: lane, base)
    case .floating(.bfloatPairs): packPairs(row: row, lane: lane, base)
    }
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

  /// Half precision and bfloat16, bits as they are.
  ///
  /// - Parameter exponent: the bits of a number that all are ones where it is infinite or NaN.
  private func packHalves(
    exponent: UInt16, row: Int, lane: Int, _ base: UnsafeMutableRawPointer
  ) -> Bool {
    let source = rows.row(row)
    let panel = base.assumingMemoryBound(to: UInt16.self) + lane
    var finite = true
    for column in 0..<rows.columnCount {
      let bits = source.loadUnaligned(fromByteOffset: column * 2, as: UInt16.self)
      if bits & exponent == exponent { finite = false }
      panel[column * PanelLayout.rowCount] = bits
    }
    return finite
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
}
