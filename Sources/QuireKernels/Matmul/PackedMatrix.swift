package import QuirePlatform

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// The weights of one matmul in the form that a `MatmulBackend` wants; made by `PackedMatrixBuilder`.
///
/// The backend here is fp32 rows for `cblas_sgemm`: `[rowCount × columnCount]`, row-major.
package final class PackedMatrix: Sendable {
  /// Output features.
  package let rowCount: Int
  /// Input features.
  package let columnCount: Int
  private let storage: AlignedBuffer<Float>

  init(rowCount: Int, columnCount: Int, storage: consuming AlignedBuffer<Float>) {
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.storage = storage
  }

  /// Bytes that the packed weights take.
  package var byteCount: Int { storage.count * MemoryLayout<Float>.stride }

  /// Bytes that a matrix of this shape will take.
  package static func byteCount(rowCount: Int, columnCount: Int, backend: MatmulBackend) -> Int {
    switch backend {
    case .openblas: rowCount * columnCount * MemoryLayout<Float>.stride
    }
  }

  /// Writes row `row` as `[columnCount]` floats: the lookup of a tied embedding.
  package func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    destination.update(from: storage.pointer + row * columnCount, count: columnCount)
  }

  /// `output = activations · weightsᵀ (+ bias)`, rows split over `team`, the sum over columns never.
  ///
  /// - Parameters:
  ///   - activations: `[tokenCount × columnCount]`.
  ///   - output: `[tokenCount × rowCount]`, overwritten; apart from `activations`.
  ///   - bias: `[rowCount]`, or nil.
  package func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>? = nil, on team: ThreadTeam
  ) {
    guard tokenCount > 0 else { return }
    let weights = UnsafePointer(storage.pointer)
    let rowCount = rowCount
    let columnCount = columnCount
    let panelRowCount = Self.panelRowCount(
      rowCount: rowCount, work: rowCount * columnCount * tokenCount, threadCount: team.threadCount)
    let panelCount = (rowCount + panelRowCount - 1) / panelRowCount
    Self.useOneBLASThread
    team.run(chunkCount: panelCount) { panel in
      let firstRow = panel * panelRowCount
      let panelRows = min(panelRowCount, rowCount - firstRow)
      Self.multiplyPanel(
        activations, tokenCount: tokenCount, weights: weights + firstRow * columnCount, rowCount: panelRows,
        columnCount: columnCount, into: output + firstRow, outputStride: rowCount)
      if let bias {
        for token in 0..<tokenCount {
          Kernels.add(bias + firstRow, to: output + token * rowCount + firstRow, count: panelRows)
        }
      }
    }
  }

  /// Rows of one panel: about four panels a thread to even out unequal threads, each worth waking somebody for,
  /// a multiple of 16 rows (a cache line of output).
  private static func panelRowCount(rowCount: Int, work: Int, threadCount: Int) -> Int {
    let worthwhile = max(1, work / (4 * ThreadTeam.smallestShare))
    let panelCount = threadCount == 1 ? 1 : min(worthwhile, threadCount * 4)
    let rows = (rowCount + panelCount - 1) / panelCount
    return (rows + 15) & ~15
  }

  private static func multiplyPanel(
    _ activations: UnsafePointer<Float>, tokenCount: Int, weights: UnsafePointer<Float>, rowCount: Int,
    columnCount: Int, into output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    let columns = BLASInteger(columnCount)
    if tokenCount == 1 {
      cblas_sgemv(
        CblasRowMajor, CblasNoTrans, BLASInteger(rowCount), columns, 1, weights, columns, activations, 1, 0,
        output, 1)
    } else {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, BLASInteger(tokenCount), BLASInteger(rowCount), columns, 1,
        activations, columns, weights, columns, 0, output, BLASInteger(outputStride))
    }
  }

  /// OpenBLAS runs in the calling thread: the team splits the work, so that two sets of threads never compete for
  /// the same processors. Evaluated once a process.
  private static let useOneBLASThread: Void = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
  }()
}

#if canImport(Accelerate)
  private typealias BLASInteger = Int32
#else
  private typealias BLASInteger = blasint
#endif
