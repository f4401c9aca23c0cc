import QuireKernelBodies

extension Kernels {
  /// `values[i] = cap * tanh(values[i] / cap)` for `count` values: none exceeds `cap` in magnitude, small ones hardly
  /// change.
  ///
  /// The same bits on AVX-512, AVX2 and the scalar twin.
  ///
  /// - Parameter cap: above 0.
  package static func softCap(
    _ values: UnsafeMutablePointer<Float>, count: Int, cap: Float, instructionSet: InstructionSet = .current
  ) {
    let work = SoftCapWork(values: values, count: count, cap: cap)
    withUnsafePointer(to: work) { instructionSet.kernels.vectors.softCap($0) }
  }
}
