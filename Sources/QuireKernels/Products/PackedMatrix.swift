import QuireKernelBodies
package import QuirePlatform
package import QuireTensorFormats

/// The weights of one matmul in the form that a `MatmulBackend` wants; made by `PackedMatrixBuilder`.
///
/// For OpenBLAS: fp32 rows, `[rowCount × columnCount]`, row-major. For the native kernels: panels, see `PanelLayout`.
package final class PackedMatrix: Sendable {
  /// Output features: the rows of the weights.
  package let rowCount: Int
  /// Input features: the columns of the weights.
  package let columnCount: Int
  private let storage: Storage

  /// The packed weights.
  enum Storage: Sendable {
    case rows(PackedRows)
    case panels(PanelMatrix)
  }

  init(rowCount: Int, columnCount: Int, storage: Storage) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.storage = storage
  }

  /// Bytes that the packed weights take.
  package var byteCount: Int {
    switch storage {
    case .rows(let rows): rows.byteCount
    case .panels(let panels): panels.byteCount
    }
  }

  /// Bytes that a matrix of this shape will take, a stack's tensors one by one.
  package static func byteCount(
    rowCount: Int, columnCount: Int, backend: MatmulBackend, format: TensorFormat = .f32,
    precision: WeightPrecision = .stored
  ) -> Int {
    switch backend {
    case .openblas: rowCount * columnCount * MemoryLayout<Float>.stride
    case .native:
      PanelSegment.byteCount(
        rowCount: rowCount, columnCount: columnCount, format: PanelFormat(format, precision))
    }
  }

  /// Writes row `row` as `[columnCount]` floats: the lookup of a tied embedding.
  package func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    switch storage {
    case .rows(let rows): rows.copyRow(row, columnCount: columnCount, to: destination)
    case .panels(let panels): panels.copyRow(row, to: destination)
    }
  }

  /// Whether a part of the rows can be computed alone, to the same bits.
  package var canSelect: Bool {
    switch storage {
    case .rows: false
    case .panels(let panels): panels.canSelect
    }
  }

  /// `output = activations · weightsᵀ (+ bias)`, rows split over `team`, the sum over columns never.
  ///
  /// - Parameters:
  ///   - activations: `[tokenCount × columnCount]`.
  ///   - output: `[tokenCount × rowCount]`, overwritten; apart from `activations`.
  ///   - bias: `[rowCount]`, or nil.
  ///   - selection: the panels that are computed, where ``canSelect`` says so; the others' output stays as it is.
  ///     Nil for all.
  ///   - preparing: called with ranges that cover the tokens, on any thread, before the range's activations are read:
  ///     what makes them, so that they are still near.
  package func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>? = nil, selection: PanelSelection? = nil, on team: ThreadTeam,
    preparing: ((Range<Int>) -> Void)? = nil
  ) {
    guard tokenCount > 0, selection?.count != 0 else { return }
    switch storage {
    case .rows(let rows):
      if let preparing { team.forRows(tokenCount, workPerRow: 4 * columnCount, preparing) }
      rows.multiply(
        activations, tokenCount: tokenCount, rowCount: rowCount, columnCount: columnCount, into: output,
        bias: bias, on: team)
    case .panels(let panels):
      panels.multiply(
        activations, tokenCount: tokenCount, into: output, outputStride: rowCount,
        bias: bias, selection: selection, on: team, preparing: preparing)
    }
  }

  /// Whether `multiplyGated` is possible and faster than its parts.
  package func canGate(into next: PackedMatrix, tokenCount: Int, on team: ThreadTeam) -> Bool {
    guard case .panels(let panels) = storage, case .panels(let nextPanels) = next.storage else {
      return false
    }
    return panels.canGate(into: nextPanels, tokenCount: tokenCount, on: team)
  }

  /// Two matmuls with the gate of an MLP between them: gates and factors are gated where they are computed, and
  /// reach the next matmul as bytes. The same bits as those of `multiply`, `Kernels.gatedProduct` and `multiply`.
  ///
  /// - Precondition: `canGate(into:tokenCount:on:)`.
  /// - Parameters:
  ///   - activations: `[tokenCount × columnCount]`.
  ///   - activation: what is done to the gates.
  ///   - next: a matrix with as many columns as the gate has rows.
  ///   - output: `[tokenCount × next.rowCount]`, overwritten; apart from `activations`.
  ///   - preparing: see `multiply`.
  ///   - between: called when all is gated.
  package func multiplyGated(
    _ activations: UnsafePointer<Float>, tokenCount: Int, activation: GateActivation, into next: PackedMatrix,
    output: UnsafeMutablePointer<Float>, on team: ThreadTeam, preparing: ((Range<Int>) -> Void)? = nil,
    between: () -> Void = {}
  ) {
    guard case .panels(let panels) = storage, case .panels(let nextPanels) = next.storage else { return }
    panels.multiplyGated(
      activations, tokenCount: tokenCount, activation: activation, into: nextPanels, output: output,
      outputStride: next.rowCount, on: team, preparing: preparing, between: between)
  }
}
