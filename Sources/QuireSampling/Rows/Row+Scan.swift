import QuireKernels

extension Row {
  /// Writes the largest logit of each chunk and returns the largest of all.
  ///
  /// Throws when a logit is NaN or plus infinity, or none is above minus infinity.
  func scan(_ chunkMaxima: UnsafeMutablePointer<Float>) throws(SamplingError) -> Float {
    let largest = Kernels.greatestLogit(values, count: count, chunkMaxima: chunkMaxima)
    guard !largest.isNaN else { throw .invalidLogits }
    guard largest > -.infinity else { throw .noTokenLeft }
    return largest
  }

  /// The lowest token whose logit is `largest`, which the row holds.
  func firstIndex(of largest: Float, _ chunkMaxima: UnsafeMutablePointer<Float>) -> Int32 {
    var chunk = 0
    while chunkMaxima[chunk] != largest { chunk += 1 }
    var index = chunk * Self.chunkSize
    while values[index] != largest { index += 1 }
    return Int32(index)
  }
}
