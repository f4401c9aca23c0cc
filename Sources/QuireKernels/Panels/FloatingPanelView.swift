import QuireKernelBodies
import QuireTensorFormats

/// Single numbers of a packed panel of floating-point weights.
struct FloatingPanelView {
  let base: UnsafeRawPointer
  let panel: FloatingPanel

  /// One weight as a float.
  @inline(__always)
  func weight(lane: Int, column: Int) -> Float {
    let index = column * PanelLayout.rowCount + lane
    return switch panel {
    case .singles: base.load(fromByteOffset: index * 4, as: Float.self)
    case .halves: HalfPrecision.float(base.load(fromByteOffset: index * 2, as: UInt16.self))
    case .bfloats: bfloat(index * 2)
    case .bfloatPairs: bfloat(column / 2 * BFloatLayout.pairByteCount + lane * 4 + column % 2 * 2)
    }
  }

  @inline(__always)
  private func bfloat(_ offset: Int) -> Float {
    Float(bitPattern: UInt32(base.load(fromByteOffset: offset, as: UInt16.self)) << 16)
  }

  /// Writes a row.
  func copyRow(lane: Int, columnCount: Int, to destination: UnsafeMutablePointer<Float>) {
    for column in 0..<columnCount { destination[column] = weight(lane: lane, column: column) }
  }
}
