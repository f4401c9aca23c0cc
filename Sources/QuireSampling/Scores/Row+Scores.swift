import QuireKernels

extension Row {
  /// What turns the row's logits into log-probabilities: log-softmax in fp32, its sum in a fixed order.
  struct LogSoftmax {
    let greatest: Float
    let logOfSum: Float

    /// The log-probability of a logit of the row.
    func callAsFunction(_ logit: Float) -> Float { logit - greatest - logOfSum }
  }

  /// The log-softmax of the row, whose chunk maxima are written; throws as `scan` does.
  func logSoftmax(_ chunkMaxima: UnsafeMutablePointer<Float>) throws(SamplingError) -> LogSoftmax {
    let greatest = try scan(chunkMaxima)
    let sum = Kernels.sumOfExponentials(
      values, count: count, chunkMaxima: chunkMaxima, greatest: greatest)
    return LogSoftmax(greatest: greatest, logOfSum: Float(NaturalLogarithm.of(sum)))
  }

  /// How many logits are at least `logit`, which is one of them.
  func rank(of logit: Float, _ chunkMaxima: UnsafePointer<Float>) -> Int {
    var rank = 0
    for chunk in 0..<chunkCount where chunkMaxima[chunk] >= logit {
      let range = range(ofChunk: chunk)
      if range.count == Self.chunkSize {
        rank += rankInWholeChunk(range.lowerBound, logit)
      } else {
        for index in range where values[index] >= logit { rank += 1 }
      }
    }
    return rank
  }

  @inline(__always)
  private func rankInWholeChunk(_ start: Int, _ logit: Float) -> Int {
    var counts = SIMD16<Int32>(repeating: 0)
    let bound = Vector(repeating: logit)
    for part in 0..<Self.chunkSize / 16 {
      let isAtLeast = load(start + part * 16) .>= bound
      counts = counts.replacing(with: counts &+ 1, where: isAtLeast)
    }
    return Int(counts.wrappedSum())
  }
}
