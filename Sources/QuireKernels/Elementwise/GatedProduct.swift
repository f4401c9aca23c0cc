import QuireKernelBodies

/// What an MLP does to its gates.
package enum GateActivation: Sendable, CaseIterable {
  /// x / (1 + e^-x), as Llama's; also called swish.
  case silu
  /// The tangent's approximation of GELU, as Gemma's: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), `gelu_pytorch_tanh` in
  /// Hugging Face transformers.
  case geluTanh

  /// The kernels' name of it.
  var function: GateFunction {
    switch self {
    case .silu: .silu
    case .geluTanh: .geluTanh
    }
  }
}

extension Kernels {
  /// The gated product of an MLP: `output[i] = activation(gate[i]) * up[i]`.
  ///
  /// - Parameters:
  ///   - activation: what is done to the gates.
  ///   - gateUp: `[rowCount × 2 × columnCount]`: of each row gates, then factors.
  ///   - output: `[rowCount × columnCount]`, apart from `gateUp`.
  package static func gatedProduct(
    _ gateUp: UnsafePointer<Float>, activation: GateActivation, into output: UnsafeMutablePointer<Float>,
    rowCount: Int, columnCount: Int,
    instructionSet: InstructionSet = .current
  ) {
    let work = GateWork(
      function: activation.function, gateUp: gateUp, output: output, columnCount: columnCount,
      rowCount: rowCount)
    withUnsafePointer(to: work) { work in instructionSet.withVectors { $0.gate(work) } }
  }

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
