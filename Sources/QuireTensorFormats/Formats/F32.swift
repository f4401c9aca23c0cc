extension TensorFormat {
  /// IEEE single precision.
  package static let f32 = TensorFormat(
    name: "F32", blockElementCount: 1, blockByteCount: 4, ggmlType: 0, safetensorsType: "F32",
    integers: nil, decode: { UnsafeMutableRawPointer($1).copyMemory(from: $0, byteCount: $2 * 4) },
    encode: { $1.copyMemory(from: $0, byteCount: $2 * 4) })
}
