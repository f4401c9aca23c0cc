/// How the numbers of a tensor are stored, under ggml's names: the layout of its blocks, what model files call it, and
/// what reads it. Each format is a value in a file of its own, in `Formats`; ``all`` lists them.
///
/// The quantised formats hold blocks of 32 or more consecutive elements of a row; a row is always a whole number of blocks.
/// Source: `ggml-common.h` and `ggml-quants.c` of ggml, and `gguf.quants` of gguf-py.
package struct TensorFormat: Sendable {
  /// ggml's name in upper case, which tells formats apart.
  package let name: String
  /// The number of consecutive elements stored together; 1 for plain numbers.
  package let blockElementCount: Int
  /// The bytes that one block takes, without padding.
  package let blockByteCount: Int
  /// The number that stands for the format in a GGUF file (`enum ggml_type`); nil where such files have no such type.
  package let ggmlType: UInt32?
  /// The name that stands for the format in a safetensors file (`enum Dtype`); nil where such files have no such type.
  package let safetensorsType: String?
  /// How blocks come apart into integers and scales; nil where kernels do not compute with these.
  package let integers: IntegerBlocks?
  /// Writes blocks as single precision, bit for bit as ggml's reference and gguf-py compute them.
  let decode: Decoder
  /// Writes blocks from single precision; nil where no file is written in the format.
  var encode: Encoder? = nil

  /// Reads whole blocks.
  ///
  /// - Parameters:
  ///   - source: the first block, at any address.
  ///   - destination: memory for the blocks' elements.
  ///   - blockCount: how many.
  typealias Decoder =
    @convention(c) (
      _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
    ) -> Void

  /// Writes whole blocks.
  ///
  /// - Parameters:
  ///   - source: the blocks' elements, finite.
  ///   - destination: memory for the blocks, at any address.
  ///   - blockCount: how many.
  typealias Encoder =
    @convention(c) (
      _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
    ) -> Void

  /// The formats of files that Quire computes with, plain ones first; the order in which messages list them.
  package static let all: [TensorFormat] = [
    .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_NL, .iq4_XS,
    .mxfp4,
  ]

  /// Whether elements are stored in blocks with a scale.
  package var isQuantized: Bool { blockElementCount > 1 }

  /// The bytes that `elementCount` consecutive elements take.
  ///
  /// - Parameter elementCount: at least 0.
  /// - Returns: nil where the count is negative or no whole number of blocks, or where the bytes exceed `Int.max`.
  package func byteCount(elementCount: Int) -> Int? {
    guard elementCount >= 0, elementCount % blockElementCount == 0 else { return nil }
    let (bytes, overflow) = (elementCount / blockElementCount).multipliedReportingOverflow(by: blockByteCount)
    return overflow ? nil : bytes
  }
}

extension TensorFormat: Hashable {
  /// Formats are equal where their names are.
  package static func == (a: TensorFormat, b: TensorFormat) -> Bool { a.name == b.name }

  /// Feeds the name to `hasher`.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The elements of one block of `Q4_0`, `Q8_0` and their like: ggml's `QK8_0`, `QK4_0`, … are all 32.
package let quantizedBlockElementCount = 32
