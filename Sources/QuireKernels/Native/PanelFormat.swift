import QuireKernelBodies
import QuireTensorFormats

/// In which numbers a matrix computes, as far as the file leaves a choice.
package enum WeightPrecision: Sendable, Hashable {
  /// As the file stores them: quantised weights with 8-bit activations, others in their own format with fp32
  /// activations.
  case stored
  /// As `stored`, with activations rounded to bfloat16 where the weights are: meant for instruction sets that have the
  /// products (`InstructionSet.multipliesBFloats`); on others the scalar twin computes them.
  case bfloat16
  /// fp32 weights and activations, whatever the file holds.
  case float32
  /// Floating-point weights are quantised to 8 bits with one scale a row; quantised ones stay as they are.
  case int8

  /// What computes a model's own numbers fastest.
  package static func automatic(for instructionSet: InstructionSet = .current) -> WeightPrecision {
    instructionSet.multipliesBFloats ? .bfloat16 : .stored
  }
}

/// How the activations of a product are arranged.
enum ActivationFormat: Int, Sendable, CaseIterable {
  /// Blocks of bytes, see `ActivationLayout`.
  case bytes
  /// Single precision, `[columns x T]` for a tile of T tokens.
  case singles
  /// Rounded to bfloat16, see `BFloatLayout`.
  case bfloats

  /// Tokens of a tile at most.
  var tileTokenCount: Int {
    self == .bytes ? ActivationLayout.tileTokenCount : FloatTile.tokenCount
  }
}

/// The formats of panels; see `PanelLayout`.
enum PanelFormat: Sendable, CaseIterable {
  case nibbles, nibblesWithMinima, bytes, bytesWithMinima, bytesByRow, singles, halves, bfloats, bfloatPairs

  /// The format that `stored` weights are packed in.
  init(_ stored: TensorFormat, _ precision: WeightPrecision) {
    self =
      switch (stored, precision) {
      case (_, .float32), (.f32, .stored), (.f32, .bfloat16): .singles
      case (.f32, .int8), (.f16, .int8), (.bf16, .int8): .bytesByRow
      case (.f16, .stored), (.f16, .bfloat16): .halves
      case (.bf16, .stored): .bfloats
      case (.bf16, .bfloat16): .bfloatPairs
      case (.q4_0, _): .nibbles
      case (.q4_1, _): .nibblesWithMinima
      case (.q8_0, _), (.q5_0, _): .bytes
      case (.q5_1, _): .bytesWithMinima
      default: .singles
      }
  }

  /// What activations are multiplied as.
  var activations: ActivationFormat {
    switch self {
    case .nibbles, .nibblesWithMinima, .bytes, .bytesWithMinima, .bytesByRow: .bytes
    case .singles, .halves, .bfloats: .singles
    case .bfloatPairs: .bfloats
    }
  }

  /// Whether activations are quantised to bytes.
  var quantizesActivations: Bool { activations == .bytes }

  /// Whether blocks have minima.
  var hasMinimum: Bool { self == .nibblesWithMinima || self == .bytesWithMinima }

  /// What `PanelWork.depth` is for rows of `columnCount`.
  func depth(columnCount: Int) -> Int {
    switch activations {
    case .bytes: (columnCount + PanelLayout.blockColumnCount - 1) / PanelLayout.blockColumnCount
    case .singles: columnCount
    case .bfloats: (columnCount + BFloatLayout.blockColumnCount - 1) / BFloatLayout.blockColumnCount
    }
  }

  /// Bytes of a panel's scales (and minima); the weights follow.
  func scalesByteCount(columnCount: Int) -> Int {
    switch self {
    case .nibbles, .nibblesWithMinima, .bytes, .bytesWithMinima:
      PanelLayout.scalesByteCount(blockCount: depth(columnCount: columnCount), hasMinimum: hasMinimum)
    case .bytesByRow, .singles, .halves, .bfloats, .bfloatPairs: 0
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
      case .bfloatPairs: depth * BFloatLayout.panelBlockByteCount
      }
    return (scalesByteCount(columnCount: columnCount) + weights + 63) & ~63
  }
}
