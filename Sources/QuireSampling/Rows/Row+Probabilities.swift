import QuireKernels

extension Row {
  /// Turns logits into unnormalised probabilities e^((z − largest) / temperature), 0 for each token below `floor`
  /// or below min_p's share of the largest; returns their sum.
  ///
  /// `chunkMasses` receives the sum of each chunk. Chunks of zeros only are left unwritten, so that the row's
  /// values count only where the chunk's mass is above 0.
  func exponentiate(
    largest: Float, floor: Float, _ state: SamplingState, chunkMaxima: UnsafeMutablePointer<Float>,
    chunkMasses: UnsafeMutablePointer<Double>
  ) -> Double {
    // Smaller ones would be subnormal, and are 0.
    let leastMass = max(state.minP, .leastNormalMagnitude)
    return Kernels.exponentiate(
      logits: values, count: count, chunkMaxima: chunkMaxima, chunkMasses: chunkMasses,
      greatest: largest, temperature: state.temperature, floor: floor, leastMass: leastMass,
      leastScaled: Float(-NaturalLogarithm.of(1 / Double(leastMass))) - 0.001)
  }

  /// The token where the running sum of the probabilities, in ascending order of id, passes `uniform · total`.
  func draw(_ uniform: Double, total: Double, _ chunkMasses: UnsafeMutablePointer<Double>) -> Int32 {
    let target = uniform * total
    var before = 0.0
    var chosen = 0
    for chunk in 0..<chunkCount where chunkMasses[chunk] > 0 {
      chosen = chunk
      if before + chunkMasses[chunk] > target { break }
      before += chunkMasses[chunk]
    }
    var last = 0
    for index in range(ofChunk: chosen) where values[index] > 0 {
      last = index
      before += Double(values[index])
      if before > target { break }
    }
    // Rounding may leave the sum short of the target: then the last token that has any probability is meant.
    return Int32(last)
  }

  /// The token of a nucleus where the running sum of its probabilities, in ascending order of id, passes `target`.
  ///
  /// - Parameters:
  ///   - boundary: the smallest `NucleusKey` of the nucleus.
  ///   - bound: no token of the nucleus is less probable.
  func draw(
    _ target: Double, from boundary: UInt64, _ chunkMasses: UnsafeMutablePointer<Double>, atLeast bound: Float
  ) -> Int32 {
    let (least, lastOfLeast) = (Float(NucleusKey.mass(boundary)), Int(NucleusKey.id(boundary)))
    var last = lastOfLeast
    var before = 0.0
    for chunk in 0..<chunkCount where chunkMasses[chunk] > 0 && chunkMasses[chunk] >= Double(bound) {
      for index in range(ofChunk: chunk) {
        let mass = values[index]
        guard mass > least || (mass == least && index <= lastOfLeast) else { continue }
        last = index
        before += Double(mass)
        if before > target { return Int32(index) }
      }
    }
    // Rounding may leave the sum short of the target: then the last token of the nucleus is meant.
    return Int32(last)
  }
}
