/// A format of panels; see `PanelLayout`.
public enum PanelFormat: Sendable, Hashable {
  /// Integers and scales, multiplied by activations of 8 bits.
  case quantized(QuantizedPanel)
  /// Numbers as they are.
  case floating(FloatingPanel)

  /// What activations are multiplied as.
  public var activations: ActivationFormat {
    switch self {
    case .quantized: .bytes
    case .floating(let panel): panel.activations
    }
  }

  /// What `PanelWork.depth` is for rows of `columnCount`.
  public func depth(columnCount: Int) -> Int {
    switch self {
    case .quantized(let panel): panel.blockCount(columnCount: columnCount)
    case .floating(let panel): panel.depth(columnCount: columnCount)
    }
  }

  /// Bytes of a panel, a multiple of 64.
  public func panelByteCount(columnCount: Int) -> Int {
    switch self {
    case .quantized(let panel): panel.byteCount(columnCount: columnCount)
    case .floating(let panel): panel.byteCount(columnCount: columnCount)
    }
  }
}

/// A format of panels that hold integers, and scales before them.
public struct QuantizedPanel: Sendable, Hashable, BitwiseCopyable {
  /// Bits of an integer: 4 or 8.
  public let bitCount: Int
  /// What integers of 4 bits stand for, where that is looked up.
  public let codes: WeightCodes?
  /// What the scales are, and where they lie.
  public let scales: ScaleLayout

  /// Integers of `bitCount` bits with such scales.
  @inlinable @inline(__always)
  public init(bitCount: Int, codes: WeightCodes? = nil, scales: ScaleLayout) {
    self.bitCount = bitCount
    self.codes = codes
    self.scales = scales
  }

  /// What is taken from an integer as it is stored; 0 where it is looked up.
  public var zeroPoint: Int32 { bitCount == 8 ? 128 : codes != nil || scales.hasMinimum ? 0 : 8 }

  /// Blocks of a row, the last of which may not be whole.
  public func blockCount(columnCount: Int) -> Int {
    (columnCount + PanelLayout.blockColumnCount - 1) / PanelLayout.blockColumnCount
  }

  /// Bytes of the integers of a block of a panel.
  public var blockByteCount: Int {
    bitCount == 4 ? PanelLayout.nibbleBlockByteCount : PanelLayout.byteBlockByteCount
  }

  /// Bytes of a panel's scales (and minima); the weights follow.
  public func scalesByteCount(columnCount: Int) -> Int {
    scales.byteCount(blockCount: blockCount(columnCount: columnCount))
  }

  /// Bytes of a panel, a multiple of 64.
  public func byteCount(columnCount: Int) -> Int {
    scalesByteCount(columnCount: columnCount) + blockCount(columnCount: columnCount) * blockByteCount
  }
}

/// A format of panels that hold floating-point numbers.
public enum FloatingPanel: Sendable, Hashable, CaseIterable {
  /// Single precision, column after column.
  case singles
  /// Half precision, column after column.
  case halves
  /// bfloat16, column after column.
  case bfloats
  /// bfloat16 in pairs of columns, see `BFloatLayout`; activations are rounded to bfloat16.
  case bfloatPairs

  /// What activations are multiplied as.
  public var activations: ActivationFormat { self == .bfloatPairs ? .bfloats : .singles }

  /// What `PanelWork.depth` is for rows of `columnCount`.
  public func depth(columnCount: Int) -> Int {
    self == .bfloatPairs
      ? (columnCount + BFloatLayout.blockColumnCount - 1) / BFloatLayout.blockColumnCount : columnCount
  }

  /// Bytes of a panel, a multiple of 64.
  public func byteCount(columnCount: Int) -> Int {
    let depth = depth(columnCount: columnCount)
    return switch self {
    case .singles: depth * PanelLayout.rowCount * 4
    case .halves, .bfloats: depth * PanelLayout.rowCount * 2
    case .bfloatPairs: depth * BFloatLayout.panelBlockByteCount
    }
  }
}

/// How the activations of a product are arranged.
public enum ActivationFormat: Int, Sendable, CaseIterable {
  /// Blocks of bytes, see `ActivationLayout`.
  case bytes
  /// Single precision, `[columns x T]` for a tile of T tokens.
  case singles
  /// Rounded to bfloat16, see `BFloatLayout`.
  case bfloats

  /// Tokens of a tile at most.
  public var tileTokenCount: Int {
    self == .bytes ? ActivationLayout.tileTokenCount : FloatTile.tokenCount
  }
}
