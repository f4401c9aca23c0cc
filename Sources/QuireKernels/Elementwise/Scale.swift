extension Kernels {
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
