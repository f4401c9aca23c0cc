/// How the numbers of a tensor are stored, under ggml's names.
///
/// The quantised formats hold blocks of 32 consecutive elements of a row; a row is always a whole number of blocks.
/// Source: `ggml-common.h` and `ggml-quants.c` of ggml, and `gguf.quants` of gguf-py.
public enum TensorFormat: String, Sendable, CaseIterable {
  /// IEEE single precision.
  case f32 = "F32"
  /// IEEE half precision.
  case f16 = "F16"
  /// The upper half of a single precision number.
  case bf16 = "BF16"
  /// Blocks of a half-precision scale and 32 signed bytes, see ``BlockQ8_0``.
  case q8_0 = "Q8_0"
  /// Blocks of a half-precision scale and 32 nibbles around 8, see ``BlockQ4_0``.
  case q4_0 = "Q4_0"
  /// Blocks of a half-precision scale and minimum and 32 nibbles, see ``BlockQ4_1``.
  case q4_1 = "Q4_1"
  /// Blocks of a half-precision scale and 32 five-bit numbers around 16, see ``BlockQ5_0``.
  case q5_0 = "Q5_0"
  /// Blocks of a half-precision scale and minimum and 32 five-bit numbers, see ``BlockQ5_1``.
  case q5_1 = "Q5_1"

  /// The number of consecutive elements stored together: 1 or 32.
  public var blockElementCount: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1: quantizedBlockElementCount
    }
  }

  /// The bytes that one block takes, without padding.
  public var blockByteCount: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: BlockQ8_0.byteCount
    case .q4_0: BlockQ4_0.byteCount
    case .q4_1: BlockQ4_1.byteCount
    case .q5_0: BlockQ5_0.byteCount
    case .q5_1: BlockQ5_1.byteCount
    }
  }

  /// Whether elements are stored in blocks with a scale.
  public var isQuantized: Bool { blockElementCount > 1 }

  /// The bytes that `elementCount` consecutive elements take.
  ///
  /// - Parameter elementCount: at least 0.
  /// - Returns: nil where the count is negative or no whole number of blocks, or where the bytes exceed `Int.max`.
  public func byteCount(elementCount: Int) -> Int? {
    guard elementCount >= 0, elementCount % blockElementCount == 0 else { return nil }
    let (bytes, overflow) = (elementCount / blockElementCount).multipliedReportingOverflow(by: blockByteCount)
    return overflow ? nil : bytes
  }
}
