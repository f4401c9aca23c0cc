extension Kernels {
  /// `accumulator[i] += addend[i]` for `count` values.
  package static func add(
    _ addend: UnsafePointer<Float>, to accumulator: UnsafeMutablePointer<Float>, count: Int
  ) {
    let values = UnsafePointer(accumulator)
    var index = 0
    while index + 16 <= count {
      accumulator.store(values.lanes16(index) + addend.lanes16(index), index)
      index += 16
    }
    while index < count {
      accumulator[index] += addend[index]
      index += 1
    }
  }
}
