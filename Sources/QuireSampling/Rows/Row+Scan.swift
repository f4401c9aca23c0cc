extension Row {
  /// Writes the largest logit of each chunk and returns the largest of all.
  ///
  /// Throws when a logit is NaN or plus infinity, or none is above minus infinity.
  func scan(_ chunkMaxima: UnsafeMutablePointer<Float>) throws(SamplingError) -> Float {
    var largest = -Float.infinity
    var notNumbers = SIMDMask<SIMD16<Int32>>(repeating: false)
    for chunk in 0..<count / Self.chunkSize {
      var maxima = load(chunk * Self.chunkSize)
      notNumbers .|= maxima .!= maxima
      for part in 1..<Self.chunkSize / 16 {
        let vector = load(chunk * Self.chunkSize + part * 16)
        notNumbers .|= vector .!= vector
        maxima.replace(with: vector, where: vector .> maxima)
      }
      let half = larger(maxima.lowHalf, maxima.highHalf)
      let quarter = larger(half.lowHalf, half.highHalf)
      chunkMaxima[chunk] = max(max(quarter.x, quarter.y), max(quarter.z, quarter.w))
      largest = max(largest, chunkMaxima[chunk])
    }
    var isTailNumeric = true
    if count % Self.chunkSize > 0 {
      var maximum = -Float.infinity
      for index in count / Self.chunkSize * Self.chunkSize..<count {
        if values[index].isNaN { isTailNumeric = false }
        maximum = max(maximum, values[index])
      }
      chunkMaxima[chunkCount - 1] = maximum
      largest = max(largest, maximum)
    }
    guard isTailNumeric && !any(notNumbers) && largest < .infinity else { throw .invalidLogits }
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

  private func larger<V: SIMD>(_ a: V, _ b: V) -> V where V.Scalar == Float {
    a.replacing(with: b, where: b .> a)
  }
}
