import QuireKernelBodies
import QuireTensorFormats

extension PanelPacker {
  /// Integers and scales as the file has them, each in its lane; says whether the scales are finite.
  func packIntegers(
    _ integers: IntegerBlocks, _ panel: QuantizedPanel, row: Int, lane: Int, _ base: UnsafeMutableRawPointer
  ) -> Bool {
    let columnCount = rows.columnCount
    let integerByteCount = columnCount * integers.bitCount / 8
    let groupCount = panel.blockCount(columnCount: columnCount) / panel.scales.groupBlockCount
    return withUnsafeTemporaryAllocation(
      byteCount: integerByteCount + groupCount * panel.scales.groupByteCount / PanelLayout.rowCount,
      alignment: 16
    ) { buffer in
      let unpacked = buffer.baseAddress!
      let scales = unpacked + integerByteCount
      integers.unpack(rows.row(row), unpacked, scales, columnCount / rows.format.blockElementCount)
      var target = base + panel.scalesByteCount(columnCount: columnCount) + lane * 4
      for offset in stride(from: 0, to: integerByteCount, by: 4) {
        target.storeBytes(of: unpacked.load(fromByteOffset: offset, as: UInt32.self), as: UInt32.self)
        target += PanelLayout.groupByteCount
      }
      return Self.packScales(scales, panel.scales, groupCount: groupCount, lane: lane, base)
    }
  }

  /// Stores a row's scales, group after group; says whether its numbers are finite.
  private static func packScales(
    _ source: UnsafeRawPointer, _ layout: ScaleLayout, groupCount: Int, lane: Int,
    _ base: UnsafeMutableRawPointer
  ) -> Bool {
    var source = source
    var target = base
    var finite = true
    for _ in 0..<groupCount {
      if layout.hasSingleScale {
        let scale = source.loadUnaligned(as: Float.self)
        finite = finite && scale.isFinite
        target.storeBytes(of: scale, toByteOffset: lane * 4, as: Float.self)
        source += 4
        target += 2 * PanelLayout.halvesByteCount
      }
      for _ in 0..<(layout.hasSingleScale ? 0 : 1) + (layout.hasMinimum ? 1 : 0) {
        let half = source.loadUnaligned(as: UInt16.self)
        finite = finite && half & 0x7C00 != 0x7C00
        target.storeBytes(of: half, toByteOffset: lane * 2, as: UInt16.self)
        source += 2
        target += PanelLayout.halvesByteCount
      }
      for _ in 0..<layout.groupBlockCount * layout.blockByteCount {
        target.storeBytes(of: source.load(as: UInt8.self), toByteOffset: lane, as: UInt8.self)
        source += 1
        target += PanelLayout.rowCount
      }
    }
    return finite
  }
}
