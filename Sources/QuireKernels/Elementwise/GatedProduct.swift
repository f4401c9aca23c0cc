import QuireKernelBodies

extension Kernels {
  /// The gate of a Llama MLP: `output[i] = gate[i] / (1 + e^-gate[i]) * up[i]`.
  ///
  /// - Parameters:
  ///   - gateUp: `[rowCount × 2 × columnCount]`: of each row gates, then factors.
  ///   - output: `[rowCount × columnCount]`, apart from `gateUp`.
  package static func siluGate(
    _ gateUp: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, rowCount: Int, columnCount: Int,
    instructionSet: InstructionSet = .current
  ) {
    let work = GateWork(gateUp: gateUp, output: output, columnCount: columnCount, rowCount: rowCount)
    withUnsafePointer(to: work) { VectorKernels.gate($0, instructionSet) }
  }

  /// `accumulator[i] += addend[i]` for `count` values.
  package static func add(
    _ addend: UnsafePointer<Float>, to accumulator: UnsafeMutablePointer<Float>, count: Int
  ) {
    let values = UnsafePointer(accumulator)
    var index = 0
    while index + 16 <= count {
      accumulator.store(values.lanes16(index) + addend.lanes16(index), index)
      index += 16
    }
    while index < count {
      accumulator[index] += addend[index]
      index += 1
    }
  }
}
