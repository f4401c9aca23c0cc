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
    if let codes = panel.codes { return Int32(codes.values[Int(integer)]) }
    return Int32(integer) - panel.zeroPoint
  }

  /// The scale of a row's columns around `column`.
  @inline(__always)
  func scale(lane: Int, column: Int) -> Float {
    let block = column / PanelLayout.blockColumnCount
    let place = groupOffset(block: block) + panel.scales.scaleByteCount * lane
    if panel.scales.hasSingleScale { return base.load(fromByteOffset: place, as: Float.self) }
    let half = HalfPrecision.float(base.load(fromByteOffset: place, as: UInt16.self))
    guard panel.scales.hasTwoLevels else { return half }
    let byte = byte(scaleIndex(column), lane: lane, block: block)
    return half * (panel.scales.hasMinimum ? Float(byte) : Float(Int8(bitPattern: byte)))
  }

  /// The minimum of a row's columns around `column`, or the zero point in its place.
  @inline(__always)
  func minimum(lane: Int, column: Int) -> Float {
    let block = column / PanelLayout.blockColumnCount
    let offset =
      groupOffset(block: block) + panel.scales.scaleByteCount * PanelLayout.rowCount + lane * 2
    let half = HalfPrecision.float(base.load(fromByteOffset: offset, as: UInt16.self))
    guard panel.scales.hasTwoLevels else { return half }
    return half * Float(byte(panel.scales.blockScaleCount + scaleIndex(column), lane: lane, block: block))
  }

  /// Which of its block's scales a column has.
  @inline(__always)
  private func scaleIndex(_ column: Int) -> Int {
    column % PanelLayout.blockColumnCount / panel.scales.columnCount
  }

  /// Byte number `index` of the block.
  @inline(__always)
  private func byte(_ index: Int, lane: Int, block: Int) -> UInt8 {
    let place = block % panel.scales.groupBlockCount * panel.scales.blockByteCount + index
    return base.load(
      fromByteOffset: groupOffset(block: block) + panel.scales.numbersByteCount
        + place * PanelLayout.rowCount + lane, as: UInt8.self)
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
        let minimum = minimum(lane: lane, column: start)
        for column in columns {
          let integer = Float(integer(lane: lane, column: column))
          destination[column] =
            panel.scales.hasZeroPoint ? (integer + minimum) * scale : integer * scale + minimum
        }
      } else {
        for column in columns { destination[column] = Float(integer(lane: lane, column: column)) * scale }
      }
    }
  }
}
