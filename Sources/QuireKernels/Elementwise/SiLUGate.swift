extension Kernels {
  /// The gate of a Llama MLP: `output[i] = gate[i] / (1 + e^-gate[i]) * up[i]` for `count` values.
  ///
  /// `output` may be the same memory as `gate` or `up`.
  package static func siluGate(
    gate: UnsafePointer<Float>, up: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int
  ) {
    var index = 0
    while index + 16 <= count {
      output.store(silu(gate.lanes16(index)) * up.lanes16(index), index)
      index += 16
    }
    if index < count {
      let rest = count - index
      let gated = silu(gate.lanes16(index, count: rest, filler: 0))
      output.store(gated * up.lanes16(index, count: rest, filler: 0), index, count: rest)
    }
  }

  @inline(__always)
  private static func silu(_ x: SIMD16<Float>) -> SIMD16<Float> {
    x / (SIMD16<Float>(repeating: 1) + exp(SIMD16<Float>(repeating: 0) - x))
  }
}
