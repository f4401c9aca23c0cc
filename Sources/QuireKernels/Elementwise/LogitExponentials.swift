import QuireKernelBodies

extension Kernels {
  /// Turns a row of logits into unnormalised probabilities e^((logit - greatest) / temperature), 0 for those below
  /// `floor` and for results below `leastMass`; returns their sum.
  ///
  /// The same bits on AVX-512, AVX2 and the scalar twin. A chunk whose sum is 0 may be left as it is, so that its values
  /// count only where its sum is above 0.
  ///
  /// - Parameters:
  ///   - values: `[count]`, none NaN or plus infinity.
  ///   - chunkMaxima: what `greatestLogit` wrote for this row.
  ///   - chunkMasses: receives the sum of each `logitChunkSize` probabilities.
  ///   - greatest: what `greatestLogit` returned; finite.
  ///   - temperature: above 0.
  ///   - leastMass: a normal number above 0, at most 1.
  ///   - leastScaled: the logarithm of `leastMass`, or a little less.
  package static func exponentiate(
    logits values: UnsafeMutablePointer<Float>, count: Int, chunkMaxima: UnsafePointer<Float>,
    chunkMasses: UnsafeMutablePointer<Double>, greatest: Float, temperature: Float, floor: Float,
    leastMass: Float, leastScaled: Float, instructionSet: InstructionSet = .current
  ) -> Double {
    let chunkCount = count / logitChunkSize
    var work = LogitExponentials(
      values: values, chunkCount: chunkCount, chunkMaxima: chunkMaxima, chunkMasses: chunkMasses,
      greatest: greatest, temperature: temperature, floor: floor, leastMass: leastMass,
      leastScaled: leastScaled)
    let total = withUnsafePointer(to: work) { instructionSet.kernels.vectors.exponentiateLogits($0) }
    let start = chunkCount * logitChunkSize
    guard start < count else { return total }
    // The rest is a chunk of its own, filled with tokens that have no probability.
    return total
      + withUnsafeTemporaryAllocation(of: Float.self, capacity: logitChunkSize) { rest in
        guard let rest = rest.baseAddress else { return 0 }
        rest.initialize(repeating: -.infinity, count: logitChunkSize)
        rest.update(from: values + start, count: count - start)
        work.values = rest
        work.chunkCount = 1
        work.chunkMaxima = chunkMaxima + chunkCount
        work.chunkMasses = chunkMasses + chunkCount
        let mass = withUnsafePointer(to: work) { instructionSet.kernels.vectors.exponentiateLogits($0) }
        (values + start).update(from: rest, count: count - start)
        return mass
      }
  }
}
