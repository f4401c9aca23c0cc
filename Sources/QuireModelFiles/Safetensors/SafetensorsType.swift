import QuireTensorFormats

/// An element type of the safetensors format, those included that Quire cannot compute with.
///
/// Source: `safetensors/src/tensor.rs`, `enum Dtype`.
struct SafetensorsType {
  /// The name in the file.
  let name: String
  /// The bits of one element.
  let bitCount: Int
  /// The format to compute with, nil where there is none.
  let format: TensorFormat?

  /// The type of a name, nil where it is unknown.
  init?(_ name: String) {
    guard let bits = Self.bitCounts[name] else { return nil }
    self.name = name
    bitCount = bits
    format = TensorFormat.all.first { $0.safetensorsType == name }
  }

  private static let bitCounts: [String: Int] = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6,
    "F6_E3M2": 6, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64,
    "I64": 64, "U64": 64, "C64": 64,
  ]
}
