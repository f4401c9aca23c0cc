/// The arguments of a matmul kernel: some panels of a matrix times some tiles of tokens.
public struct PanelWork: BitwiseCopyable {
  /// The first panel.
  public let panels: UnsafeRawPointer
  /// Bytes from one panel to the next.
  public let panelByteCount: Int
  /// Panels to multiply.
  public let panelCount: Int
  /// Rows of the last of them, 1...32: only they are written.
  public let lastPanelRowCount: Int
  /// Blocks (quantised formats) or columns in a row.
  public let depth: Int
  /// The first tile's activations.
  public let activations: UnsafeRawPointer
  /// Tokens of each tile, 1...`ActivationLayout.tileTokenCount`, or `FloatTile.tokenCount`.
  public let tileTokenCount: Int
  /// Tiles to multiply, all of one width, one after the other.
  public let tileCount: Int
  /// `[tokens x outputStride]`: the first panel's first row of the first tile's first token.
  public let output: UnsafeMutablePointer<Float>
  /// Floats from one token's outputs to the next one's.
  public let outputStride: Int
  /// Factors on the finished sums, one for each row of the panels; nil for none.
  public let rowScales: UnsafePointer<Float>?

  /// Describes work; see the properties.
  public init(
    panels: UnsafeRawPointer, panelByteCount: Int, panelCount: Int, lastPanelRowCount: Int, depth: Int,
    activations: UnsafeRawPointer, tileTokenCount: Int, tileCount: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int, rowScales: UnsafePointer<Float>?
  ) {
    self.panels = panels
    self.panelByteCount = panelByteCount
    self.panelCount = panelCount
    self.lastPanelRowCount = lastPanelRowCount
    self.depth = depth
    self.activations = activations
    self.tileTokenCount = tileTokenCount
    self.tileCount = tileCount
    self.output = output
    self.outputStride = outputStride
    self.rowScales = rowScales
  }
}
