extension Kernels {
  /// The greatest of `count` values, NaN passed over; minus infinity for none.
  package static func maximum(_ values: UnsafePointer<Float>, count: Int) -> Float {
    var greatest = SIMD16<Float>(repeating: -.infinity)
    var index = 0
    while index + 16 <= count {
      greatest = greater(greatest, values.lanes16(index))
      index += 16
    }
    if index < count {
      let rest = values.lanes16(index, count: count - index, filler: -.infinity)
      greatest = greater(greatest, rest)
    }
    return greatest.greatest
  }

  /// Writes `e^(scale * value - maximum)` over each of `count` values and returns their sum.
  ///
  /// The sum runs in sixteen lanes, lane = index modulo 16; minus infinity contributes exactly 0.
  @discardableResult
  package static func exponentiate(
    _ values: UnsafeMutablePointer<Float>, count: Int, scale: Float, subtracting maximum: Float
  ) -> Float {
    let scale = SIMD16<Float>(repeating: scale)
    let maximum = SIMD16<Float>(repeating: maximum)
    let source = UnsafePointer(values)
    var sum = SIMD16<Float>(repeating: 0)
    var index = 0
    while index + 16 <= count {
      let e = exp(source.lanes16(index) * scale - maximum)
      values.store(e, index)
      sum += e
      index += 16
    }
    if index < count {
      let rest = count - index
      let e = exp(source.lanes16(index, count: rest, filler: -.infinity) * scale - maximum)
      values.store(e, index, count: rest)
      sum += e
    }
    return sum.treeSum
  }

  /// Turns `count` (at least 1) logits into probabilities that sum to 1, in place.
  package static func softmax(_ values: UnsafeMutablePointer<Float>, count: Int) {
    let sum = exponentiate(values, count: count, scale: 1, subtracting: maximum(values, count: count))
    scale(values, by: 1 / sum, count: count)
  }

  /// `values[i] *= factor` for `count` values.
  package static func scale(_ values: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
    let source = UnsafePointer(values)
    let factors = SIMD16<Float>(repeating: factor)
    var index = 0
    while index + 16 <= count {
      values.store(source.lanes16(index) * factors, index)
      index += 16
    }
    while index < count {
      values[index] *= factor
      index += 1
    }
  }
}
