/// The numbers in which a matrix computes, as far as the file leaves a choice.
package enum WeightPrecision: Sendable, Hashable {
  /// Numbers as the file stores them: quantised weights with 8-bit activations, others in their own format with fp32
  /// activations.
  case stored
  /// Numbers as for `stored`, with activations rounded to bfloat16 where the weights are: meant for instruction sets
  /// that have the products (`InstructionSet.multipliesBFloats`); on others the scalar twin computes them.
  case bfloat16
  /// fp32 weights and activations, whatever the file holds.
  case float32
  /// Floating-point weights are quantised to 8 bits with one scale a row; quantised ones stay as they are.
  case int8

  /// What computes a model's own numbers fastest.
  package static func automatic(for instructionSet: InstructionSet = .current) -> WeightPrecision {
    instructionSet.multipliesBFloats ? .bfloat16 : .stored
  }
}
