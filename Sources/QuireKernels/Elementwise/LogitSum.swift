import QuireKernelBodies

extension Kernels {
  /// The sum of e^(logit - greatest) over a row of logits, at least 1, in an order that depends on `count` alone.
  ///
  /// The same bits on AVX-512, AVX2 and the scalar twin; relative error below 3e-7.
  ///
  /// - Parameters:
  ///   - logits: `[count]`, none NaN or plus infinity.
  ///   - chunkMaxima: what `greatestLogit` wrote for this row.
  ///   - greatest: what it returned; finite.
  package static func sumOfExponentials(
    _ logits: UnsafePointer<Float>, count: Int, chunkMaxima: UnsafePointer<Float>, greatest: Float,
    instructionSet: InstructionSet = .current
  ) -> Double {
    let chunkCount = count / logitChunkSize
    var total = withUnsafePointer(
      to: LogitSum(logits: logits, chunkCount: chunkCount, chunkMaxima: chunkMaxima, greatest: greatest)
    ) { instructionSet.kernels.vectors.sumLogits($0) }
    let start = chunkCount * logitChunkSize
    guard start < count else { return total }
    // The rest is a chunk of its own, filled with tokens that add nothing.
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: logitChunkSize) { rest in
      guard let rest = rest.baseAddress else { return total }
      rest.initialize(repeating: -.infinity, count: logitChunkSize)
      rest.update(from: logits + start, count: count - start)
      let sum = LogitSum(
        logits: rest, chunkCount: 1, chunkMaxima: chunkMaxima + chunkCount, greatest: greatest)
      total += withUnsafePointer(to: sum) { instructionSet.kernels.vectors.sumLogits($0) }
      return total
    }
  }
}
