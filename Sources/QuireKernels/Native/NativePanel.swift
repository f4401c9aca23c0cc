import QuireKernelBodies
import QuireTensorFormats

/// Single numbers of a packed panel, as `PanelLayout` says where they lie.
struct NativePanel {
  let base: UnsafeRawPointer
  let format: PanelFormat
  /// Blocks or columns in a row.
  let depth: Int

  private var weights: UnsafeRawPointer {
    switch format {
    case .nibbles, .nibblesWithMinima, .bytes, .bytesWithMinima:
      base + PanelLayout.scalesByteCount(blockCount: depth, hasMinimum: format.hasMinimum)
    case .bytesByRow, .singles, .halves, .bfloats, .bfloatPairs: base
    }
  }

  /// The quantised weight: what its block's scale multiplies.
  @inline(__always)
  func integer(lane: Int, column: Int) -> Int32 {
    let (block, offset) = column.quotientAndRemainder(dividingBy: PanelLayout.blockColumnCount)
    switch format {
    case .nibbles, .nibblesWithMinima:
      let place = offset & 15
      let byte = weights.load(
        fromByteOffset: block * PanelLayout.nibbleBlockByteCount + place / 4 * PanelLayout.groupByteCount
          + lane * 4 + place % 4,
        as: UInt8.self)
      let nibble = Int32(offset < 16 ? byte & 15 : byte >> 4)
      return format == .nibbles ? nibble - BlockQ4_0.zeroPoint : nibble
    case .bytes, .bytesWithMinima, .bytesByRow:
      let byte = weights.load(
        fromByteOffset: block * PanelLayout.byteBlockByteCount + offset / 4 * PanelLayout.groupByteCount
          + lane * 4 + offset % 4,
        as: UInt8.self)
      return Int32(byte) - 128
    case .singles, .halves, .bfloats, .bfloatPairs: return 0
    }
  }

  /// The scale of a row's block.
  @inline(__always)
  func scale(lane: Int, block: Int) -> Float {
    half(block * PanelLayout.scaleByteCount(hasMinimum: format.hasMinimum) + lane * 2)
  }

  /// The minimum of a row's block.
  @inline(__always)
  func minimum(lane: Int, block: Int) -> Float {
    half(block * PanelLayout.scaleByteCount(hasMinimum: true) + PanelLayout.halvesByteCount + lane * 2)
  }

  /// A floating-point weight.
  @inline(__always)
  func float(lane: Int, column: Int) -> Float {
    let index = column * PanelLayout.rowCount + lane
    switch format {
    case .singles: return base.load(fromByteOffset: index * 4, as: Float.self)
    case .halves: return half(index * 2)
    case .bfloats: return bfloat(index * 2)
    case .bfloatPairs: return bfloat(column / 2 * BFloatLayout.pairByteCount + lane * 4 + column % 2 * 2)
    default: return 0
    }
  }

  @inline(__always)
  private func bfloat(_ offset: Int) -> Float {
    Float(bitPattern: UInt32(base.load(fromByteOffset: offset, as: UInt16.self)) << 16)
  }

  @inline(__always)
  private func half(_ offset: Int) -> Float {
    HalfPrecision.float(base.load(fromByteOffset: offset, as: UInt16.self))
  }
}
