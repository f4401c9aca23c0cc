package import QuirePlatform
import Synchronization

/// Packs weights for one matmul, tensor after tensor: several tensors stacked in one matrix (query, key and value;
/// gate and up) share one pass over the activations.
package struct PackedMatrixBuilder: ~Copyable {
  private let rowCount: Int
  private let columnCount: Int
  private let storage: AlignedBuffer<Float>
  private var filledRowCount = 0

  /// Reserves a matrix of `rowCount` outputs × `columnCount` inputs, both at least 1.
  package init(rowCount: Int, columnCount: Int, backend: MatmulBackend) {
    switch backend {
    case .openblas: storage = AlignedBuffer(count: rowCount * columnCount)
    }
    self.rowCount = rowCount
    self.columnCount = columnCount
  }

  /// Packs the next rows, in parallel on `team`; `rows` is not referred to afterwards.
  ///
  /// - Returns: the first row of `rows` that holds NaN or an infinity, or nil.
  package mutating func append(_ rows: WeightRows, on team: ThreadTeam) -> Int? {
    let columnCount = columnCount
    let destination = storage.pointer + filledRowCount * columnCount
    let firstBadRow = Atomic<Int>(.max)
    team.forRows(rows.rowCount, workPerRow: columnCount) { range in
      for row in range {
        let packed = destination + row * columnCount
        if !rows.dequantizeIfFinite(row: row, to: packed) {
          firstBadRow.min(row, ordering: .relaxed)
        }
      }
    }
    filledRowCount += rows.rowCount
    let bad = firstBadRow.load(ordering: .relaxed)
    return bad == .max ? nil : bad
  }

  /// The packed matrix; all rows have been appended.
  package consuming func finish() -> PackedMatrix {
    PackedMatrix(rowCount: rowCount, columnCount: columnCount, storage: storage)
  }
}
