/// How a checkpoint stores the weights of one linear layer, where it stores integers and scales.
struct QuantizationScheme: Sendable, Equatable {
  /// Which tensors there are, and how integers lie in them. A layer has `outputs` rows and `inputs` columns.
  enum Container: Sendable, Equatable {
    /// `qweight` with the inputs packed into words, `qzeros`, `scales`, and `g_idx`, the group of each input. What is
    /// stored of a zero point is `zeroOffset` too small.
    case gptq(zeroOffset: Int)
    /// `qweight` and `qzeros` with the outputs packed into words, in an order of their own; `scales`.
    case awq
    /// compressed-tensors' `weight_packed` with the inputs packed into words, `weight_scale`, `weight_zero_point`,
    /// `weight_g_idx`.
    case words
    /// compressed-tensors' `weight` in bytes, with the same others.
    case bytes
    /// Numbers of E2M1, two a byte, and an exponent for each 32 of them.
    case mxfp4
  }

  /// Which tensors there are.
  var container: Container
  /// Bits of an integer: 4 or 8.
  var bitCount: Int
  /// Inputs that share a scale; nil for all of them.
  var groupSize: Int?
  /// Whether all zero points are said to lie in the middle.
  var isSymmetric: Bool
  /// Whether groups are said not to be runs of inputs, so that their numbers must be there.
  var isOrdered = false

  /// The zero point in the middle of the integers.
  var middle: Int { 1 << (bitCount - 1) }
}
