extension Kernels {
  /// Root-mean-square normalisation of one row: `output[i] = weight[i] * (input[i] / sqrt(mean(input²) + epsilon))`.
  ///
  /// - Parameters:
  ///   - input: `[columnCount]`; may be the same memory as `output`.
  ///   - weight: `[columnCount]`.
  ///
  /// Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", arXiv 1910.07467.
  package static func rmsNorm(
    _ input: UnsafePointer<Float>, weight: UnsafePointer<Float>, epsilon: Float,
    into output: UnsafeMutablePointer<Float>, columnCount: Int
  ) {
    let whole = columnCount & ~15
    let rest = columnCount - whole
    var squares = SIMD16<Float>(repeating: 0)
    var index = 0
    while index < whole {
      let x = input.lanes16(index)
      squares += x * x
      index += 16
    }
    if rest > 0 {
      let x = input.lanes16(whole, count: rest, filler: 0)
      squares += x * x
    }
    let mean = squares.treeSum / Float(columnCount)
    let scale = SIMD16<Float>(repeating: 1 / (mean + epsilon).squareRoot())
    index = 0
    while index < whole {
      output.store(weight.lanes16(index) * (input.lanes16(index) * scale), index)
      index += 16
    }
    if rest > 0 {
      let x = input.lanes16(whole, count: rest, filler: 0)
      let w = weight.lanes16(whole, count: rest, filler: 0)
      output.store(w * (x * scale), whole, count: rest)
    }
  }

  /// `rmsNorm` of `rowCount` rows that start `stride` floats apart in both memories.
  package static func rmsNorm(
    rows input: UnsafePointer<Float>, stride: Int, rowCount: Int, weight: UnsafePointer<Float>,
    epsilon: Float,
    into output: UnsafeMutablePointer<Float>, columnCount: Int
  ) {
    for row in 0..<rowCount {
      rmsNorm(
        input + row * stride, weight: weight, epsilon: epsilon, into: output + row * stride,
        columnCount: columnCount)
    }
  }
}
