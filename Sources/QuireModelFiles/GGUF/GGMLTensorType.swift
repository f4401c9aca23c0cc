import QuireTensorFormats

/// A tensor type as ggml numbers them (`enum ggml_type`), those included that Quire cannot compute with.
///
/// Source: `ggml.h` and `GGML_QUANT_SIZES` of gguf-py.
struct GGMLTensorType {
  /// ggml's name in upper case.
  let name: String
  /// The elements of a block.
  let blockElementCount: Int
  /// The bytes of a block.
  let blockByteCount: Int
  /// The format to compute with, nil where there is none.
  let format: TensorFormat?

  /// The type of a number in a file, nil where the number is unknown or stands for a removed type.
  init?(number: UInt32) {
    format = TensorFormat.all.first { $0.ggmlType == number }
    if let format {
      (name, blockElementCount, blockByteCount) = (
        format.name, format.blockElementCount, format.blockByteCount
      )
    } else {
      guard let entry = Self.others[number] else { return nil }
      (name, blockElementCount, blockByteCount) = entry
    }
  }

  /// Names, elements and bytes of a block, of the types that no `TensorFormat` stands for.
  private static let others: [UInt32: (String, Int, Int)] = [
    28: ("F64", 1, 8), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    9: ("Q8_1", 32, 40),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    29: ("IQ1_M", 256, 56), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
  ]
}
