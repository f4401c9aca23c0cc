import QuirePlatform

/// Weights as fp32 rows for `cblas_sgemm`.
final class PackedRows: Sendable {
  /// `[rows × columns]`, row-major.
  private let storage: AlignedBuffer<Float>
  private let blas: OpenBLAS

  /// - Precondition: this system has OpenBLAS, as `EngineConfiguration.validate` checks.
  init(_ storage: consuming AlignedBuffer<Float>) {
    guard let blas = OpenBLAS.shared else { fatalError(OpenBLAS.missing) }
    self.blas = blas
    self.storage = storage
  }

  var byteCount: Int { storage.count * MemoryLayout<Float>.stride }

  func copyRow(_ row: Int, columnCount: Int, to destination: UnsafeMutablePointer<Float>) {
    destination.update(from: storage.pointer + row * columnCount, count: columnCount)
  }

  /// Multiplies as `PackedMatrix.multiply` says.
  func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int, rowCount: Int, columnCount: Int,
    into output: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, on team: ThreadTeam
  ) {
    let weights = UnsafePointer(storage.pointer)
    let panelRowCount = Self.panelRowCount(
      rowCount: rowCount, work: rowCount * columnCount * tokenCount, threadCount: team.threadCount)
    let panelCount = (rowCount + panelRowCount - 1) / panelRowCount
    team.run(chunkCount: panelCount) { panel in
      let firstRow = panel * panelRowCount
      let panelRows = min(panelRowCount, rowCount - firstRow)
      multiplyPanel(
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

  private func multiplyPanel(
    _ activations: UnsafePointer<Float>, tokenCount: Int, weights: UnsafePointer<Float>, rowCount: Int,
    columnCount: Int, into output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    let columns = Int32(columnCount)
    if tokenCount == 1 {
      blas.gemv(
        OpenBLAS.rowMajor, OpenBLAS.plain, Int32(rowCount), columns, 1, weights, columns, activations, 1, 0,
        output, 1)
    } else {
      blas.gemm(
        OpenBLAS.rowMajor, OpenBLAS.plain, OpenBLAS.transposed, Int32(tokenCount), Int32(rowCount),
        columns, 1, activations, columns, weights, columns, 0, output, Int32(outputStride))
    }
  }
}
