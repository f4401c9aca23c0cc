import QuireKernels
import QuirePlatform

/// An fp32 vector of weights: a norm's, or a bias.
final class VectorParameter: Sendable {
  private let storage: AlignedBuffer<Float>

  init(_ values: [Float]) {
    storage = AlignedBuffer(count: values.count)
    for (index, value) in values.enumerated() { storage.pointer[index] = value }
  }

  /// The first of `count` values, valid as long as the parameter lives.
  var pointer: UnsafePointer<Float> { UnsafePointer(storage.pointer) }
  /// Number of values.
  var count: Int { storage.count }
  /// Bytes of memory.
  var byteCount: Int { count * MemoryLayout<Float>.stride }
}

/// A matmul with its bias, if it has one.
struct Linear: Sendable {
  let weights: PackedMatrix
  let bias: VectorParameter?

  /// Bytes of memory.
  var byteCount: Int { weights.byteCount + (bias?.byteCount ?? 0) }

  /// `output = input · weightsᵀ + bias`: `[tokenCount × columns]` to `[tokenCount × rows]`; `preparing` makes the input
  /// of a range of tokens, see `PackedMatrix.multiply`.
  func apply(
    _ input: UnsafePointer<Float>, tokenCount: Int, into output: UnsafeMutablePointer<Float>,
    on team: ThreadTeam, preparing: ((Range<Int>) -> Void)? = nil
  ) {
    weights.multiply(
      input, tokenCount: tokenCount, into: output, bias: bias?.pointer, on: team, preparing: preparing)
  }
}
