import QuireKernelBodies
import QuireTensorFormats

/// Single numbers of a packed panel of integers, as `PanelLayout` and `ScaleLayout` say where they lie.
struct QuantizedPanelView {
  let base: UnsafeRawPointer
  let panel: QuantizedPanel
  /// Byte 0 of the weights.
  private let weights: UnsafeRawPointer

  /// - Parameter depth: blocks in a row.
  init(base: UnsafeRawPointer, panel: QuantizedPanel, depth: Int) {
    self.base = base
    self.panel = panel
    weights = base + panel.scales.byteCount(blockCount: depth)
  }

  /// The quantised weight: what its scale multiplies.
  @inline(__always)
  func integer(lane: Int, column: Int) -> Int32 {
    let (block, offset) = column.quotientAndRemainder(dividingBy: PanelLayout.blockColumnCount)
    // Of 4-bit integers a byte holds two, 16 columns apart.
    let place = panel.bitCount == 4 ? offset & 15 : offset
    let byte = weights.load(
      fromByteOffset: block * panel.blockByteCount + place / 4 * PanelLayout.groupByteCount + lane * 4
        + place % 4, as: UInt8.self)
    let integer = panel.bitCount == 8 ? byte : offset < 16 ? byte & 15 : byte >> 4
    return Int32(integer) - panel.zeroPoint
  }

  /// The scale of a row's columns around `column`.
  @inline(__always)
  func scale(lane: Int, column: Int) -> Float {
    let block = column / PanelLayout.blockColumnCount
    let half = half(0, lane: lane, block: block)
    guard panel.scales.hasTwoLevels else { return half }
    if panel.scales.hasMinimum { return Float(byte(0, lane: lane, block: block)) * half }
    let place = column % PanelLayout.blockColumnCount / panel.scales.columnCount
    return Float(Int8(bitPattern: byte(place, lane: lane, block: block))) * half
  }

  /// The minimum of a row's block.
  @inline(__always)
  func minimum(lane: Int, block: Int) -> Float {
    let half = half(1, lane: lane, block: block)
    return panel.scales.hasTwoLevels ? Float(byte(1, lane: lane, block: block)) * half : half
  }

  /// Half number `index` of the block's group.
  @inline(__always)
  private func half(_ index: Int, lane: Int, block: Int) -> Float {
    let offset = groupOffset(block: block) + index * PanelLayout.halvesByteCount + lane * 2
    return HalfPrecision.float(base.load(fromByteOffset: offset, as: UInt16.self))
  }

  /// Byte number `index` of the block.
  @inline(__always)
  private func byte(_ index: Int, lane: Int, block: Int) -> UInt8 {
    let place = block % panel.scales.groupBlockCount * panel.scales.blockByteCount + index
    return base.load(
      fromByteOffset: groupOffset(block: block) + panel.scales.halvesByteCount + place * PanelLayout.rowCount
        + lane, as: UInt8.self)
  }

  @inline(__always)
  private func groupOffset(block: Int) -> Int {
    block / panel.scales.groupBlockCount * panel.scales.groupByteCount
  }

  /// Writes a row as floats, as its tensor's dequantisation computes them.
  ///
  /// - Parameter rowScale: the row's scale, where it has one for all of it.
  func copyRow(
    lane: Int, columnCount: Int, rowScale: Float?, to destination: UnsafeMutablePointer<Float>
  ) {
    for start in stride(from: 0, to: columnCount, by: panel.scales.columnCount) {
      let columns = start..<min(start + panel.scales.columnCount, columnCount)
      let scale = rowScale ?? scale(lane: lane, column: start)
      if panel.scales.hasMinimum {
        let minimum = minimum(lane: lane, block: start / PanelLayout.blockColumnCount)
        for column in columns {
          destination[column] = Float(integer(lane: lane, column: column)) * scale + minimum
        }
      } else {
        for column in columns { destination[column] = Float(integer(lane: lane, column: column)) * scale }
      }
    }
  }
}
