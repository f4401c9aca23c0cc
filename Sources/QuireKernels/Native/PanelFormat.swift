import QuireKernelBodies
import QuireTensorFormats

/// In which numbers a matrix computes, as far as the file leaves a choice.
package enum WeightPrecision: Sendable, Hashable {
  /// As the file stores them: quantised weights with 8-bit activations, others in their own format with fp32
  /// activations.
  case stored
  /// fp32 weights and activations, whatever the file holds.
  case float32
  /// Floating-point weights are quantised to 8 bits with one scale a row; quantised ones stay as they are.
  case int8
}

/// The formats of panels; see `PanelLayout`.
enum PanelFormat: Sendable, CaseIterable {
  case nibbles, nibblesWithMinima, bytes, bytesWithMinima, bytesByRow, singles, halves, bfloats

  /// The format that `stored` weights are packed in.
  init(_ stored: TensorFormat, _ precision: WeightPrecision) {
    self =
      switch (stored, precision) {
      case (_, .float32), (.f32, .stored): .singles
      case (.f32, .int8), (.f16, .int8), (.bf16, .int8): .bytesByRow
      case (.f16, .stored): .halves
      case (.bf16, .stored): .bfloats
      case (.q4_0, _): .nibbles
      case (.q4_1, _): .nibblesWithMinima
      case (.q8_0, _), (.q5_0, _): .bytes
      case (.q5_1, _): .bytesWithMinima
      }
  }

  /// Whether activations are quantised to bytes (else they are fp32).
  var quantizesActivations: Bool {
    switch self {
    case .nibbles, .nibblesWithMinima, .bytes, .bytesWithMinima, .bytesByRow: true
    case .singles, .halves, .bfloats: false
    }
  }

  /// Whether blocks have minima.
  var hasMinimum: Bool { self == .nibblesWithMinima || self == .bytesWithMinima }

  /// What `PanelWork.depth` is for rows of `columnCount`.
  func depth(columnCount: Int) -> Int {
    quantizesActivations
      ? (columnCount + PanelLayout.blockColumnCount - 1) / PanelLayout.blockColumnCount : columnCount
  }

  /// Bytes of a panel's scales (and minima); the weights follow.
  func scalesByteCount(columnCount: Int) -> Int {
    switch self {
    case .nibbles, .nibblesWithMinima, .bytes, .bytesWithMinima:
      PanelLayout.scalesByteCount(blockCount: depth(columnCount: columnCount), hasMinimum: hasMinimum)
    case .bytesByRow, .singles, .halves, .bfloats: 0
    }
  }

  /// Bytes of a panel, a multiple of 64.
  func panelByteCount(columnCount: Int) -> Int {
    let depth = depth(columnCount: columnCount)
    let weights =
      switch self {
      case .nibbles, .nibblesWithMinima: depth * PanelLayout.nibbleBlockByteCount
      case .bytes, .bytesWithMinima, .bytesByRow: depth * PanelLayout.byteBlockByteCount
      case .singles: depth * PanelLayout.rowCount * 4
      case .halves, .bfloats: depth * PanelLayout.rowCount * 2
      }
    return (scalesByteCount(columnCount: columnCount) + weights + 63) & ~63
  }
}
