extension TensorFormat {
  /// The upper half of a single precision number.
  package static let bf16 = TensorFormat(
    name: "BF16", blockElementCount: 1, blockByteCount: 2, ggmlType: 30, safetensorsType: "BF16",
    integers: nil, decode: { decodeBFloats($0, $1, $2) }, encode: { encodeBFloats($0, $1, $2) })

  /// Eight elements at a time, then the rest.
  private static func decodeBFloats(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ elementCount: Int
  ) {
    var index = 0
    while index + 8 <= elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: SIMD8<UInt16>.self)
      let words = SIMD8<UInt32>(truncatingIfNeeded: bits) &<< SIMD8(repeating: 16)
      destination.store(SIMD8<Float>(bitPattern: words), index)
      index += 8
    }
    while index < elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      destination[index] = Float(bitPattern: UInt32(bits) &<< 16)
      index += 1
    }
  }
}
