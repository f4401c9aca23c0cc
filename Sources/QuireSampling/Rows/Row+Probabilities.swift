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
    let step = Step(largest: largest, floor: floor, temperature: state.temperature, minP: state.minP)
    var total = 0.0
    for chunk in 0..<chunkCount {
      let range = range(ofChunk: chunk)
      let isLive = step.mayKeep(chunkMaximum: chunkMaxima[chunk])
      let mass =
        !isLive ? 0 : range.count == Self.chunkSize ? wholeChunk(range.lowerBound, step) : tail(range, step)
      chunkMasses[chunk] = Double(mass)
      total += Double(mass)
    }
    return total
  }

  /// What the pass does to one logit.
  private struct Step {
    let largest: Float
    let floor: Float
    let temperature: Float
    let minP: Float

    /// False when no logit up to `chunkMaximum` keeps any probability.
    func mayKeep(chunkMaximum: Float) -> Bool {
      let scaled = (chunkMaximum - largest) / temperature
      // Short of min_p by more than the exponential's error, which might not be monotonic.
      return chunkMaximum >= floor && scaled >= Exponential.underflow
        && Exponential.of(scaled) >= minP * 0.999
    }

    @inline(__always)
    func apply(_ logits: Vector) -> Vector {
      let masses = Exponential.of((logits - largest) / temperature)
      return masses.replacing(with: 0, where: (logits .< floor) .| (masses .< minP))
    }
  }

  @inline(__always)
  private func wholeChunk(_ start: Int, _ step: Step) -> Float {
    var sums = Vector(repeating: 0)
    for part in 0..<Self.chunkSize / 16 {
      let masses = step.apply(load(start + part * 16))
      store(masses, start + part * 16)
      sums += masses
    }
    let half = sums.lowHalf + sums.highHalf
    let quarter = half.lowHalf + half.highHalf
    return (quarter.x + quarter.y) + (quarter.z + quarter.w)
  }

  private func tail(_ range: Range<Int>, _ step: Step) -> Float {
    var sum: Float = 0
    for index in range {
      values[index] = step.apply(Vector(repeating: values[index]))[0]
      sum += values[index]
    }
    return sum
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
}
