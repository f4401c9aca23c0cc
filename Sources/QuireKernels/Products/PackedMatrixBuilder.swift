import QuireKernelBodies
package import QuirePlatform

/// Packs weights for one matmul, tensor after tensor: several tensors stacked in one matrix (query, key and value;
/// gate and up) share one pass over the activations.
package struct PackedMatrixBuilder: ~Copyable {
  private let rowCount: Int
  private let columnCount: Int
  private let backend: MatmulBackend
  private let precision: WeightPrecision
  private let instructionSet: InstructionSet
  /// OpenBLAS: all rows; empty for the native kernels.
  private let storage: AlignedBuffer<Float>
  /// The native kernels: the tensors so far.
  private var segments: [PanelSegment] = []
  private var filledRowCount = 0

  /// Reserves a matrix of `rowCount` outputs × `columnCount` inputs, both at least 1.
  ///
  /// - Parameters:
  ///   - precision: what the native kernels compute in; OpenBLAS always computes in fp32.
  ///   - instructionSet: which native kernels multiply; one of `InstructionSet.available`.
  package init(
    rowCount: Int, columnCount: Int, backend: MatmulBackend, precision: WeightPrecision = .stored,
    instructionSet: InstructionSet = .current
  ) {
    switch backend {
    case .openblas: storage = AlignedBuffer(count: rowCount * columnCount)
    case .native: storage = AlignedBuffer(count: 0)
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.backend = backend
    self.precision = precision
    self.instructionSet = instructionSet
  }

  /// Packs the next rows, in parallel on `team`; `rows` is not referred to afterwards.
  ///
  /// - Returns: the first row of `rows` that holds NaN or an infinity, or nil.
  package mutating func append(_ rows: WeightRows, on team: ThreadTeam) -> Int? {
    defer { filledRowCount += rows.rowCount }
    switch backend {
    case .openblas: return appendRows(rows, on: team)
    case .native:
      var firstBadRow: Int?
      // Equal orders are one, so that their activations are arranged once.
      let order = rows.columnOrder.map { order in
        segments.lazy.compactMap(\.columnOrder).first { $0.columns == order.columns } ?? order
      }
      segments.append(
        PanelSegment(
          rows, format: PanelFormat(rows.format, precision), columnOrder: order, firstRow: filledRowCount,
          kernels: instructionSet.kernels, on: team, firstBadRow: &firstBadRow))
      return firstBadRow
    }
  }

  private func appendRows(_ rows: WeightRows, on team: ThreadTeam) -> Int? {
    let columnCount = columnCount
    let destination = storage.pointer + filledRowCount * columnCount
    return rows.read(on: team) { range in
      range.first { !rows.dequantizeIfFinite(row: $0, to: destination + $0 * columnCount) }
    }
  }

  /// The packed matrix; all rows have been appended.
  package consuming func finish() -> PackedMatrix {
    let rowCount = rowCount
    let columnCount = columnCount
    switch backend {
    case .openblas:
      return PackedMatrix(rowCount: rowCount, columnCount: columnCount, storage: .rows(PackedRows(storage)))
    case .native:
      let panels = PanelMatrix(segments: segments, kernels: instructionSet.kernels)
      return PackedMatrix(rowCount: rowCount, columnCount: columnCount, storage: .panels(panels))
    }
  }
}
