import QuireKernelBodies

extension Kernels {
  /// Root-mean-square norm of each row: `output[i] = weight[i] * (row[i] / sqrt(mean(row²) + epsilon))`.
  ///
  /// - Parameters:
  ///   - rows: `[rowCount × columnCount]`.
  ///   - addend: added to `rows` first, in place, or nil: the sum of a residual stream.
  ///   - weight: `[columnCount]`.
  ///   - output: as `rows`; may be the same memory.
  ///
  /// Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", arXiv 1910.07467.
  package static func rmsNorm(
    rows: UnsafeMutablePointer<Float>, adding addend: UnsafePointer<Float>? = nil, rowCount: Int,
    weight: UnsafePointer<Float>, epsilon: Float, into output: UnsafeMutablePointer<Float>, columnCount: Int,
    instructionSet: InstructionSet = .current
  ) {
    let work = NormWork(
      rows: rows, addend: addend, weight: weight, output: output, columnCount: columnCount,
      rowCount: rowCount, epsilon: epsilon)
    withUnsafePointer(to: work) { work in instructionSet.withVectors { $0.normalize(work) } }
  }
}
