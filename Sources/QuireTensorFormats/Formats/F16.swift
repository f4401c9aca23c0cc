extension TensorFormat {
  /// IEEE half precision.
  package static let f16 = TensorFormat(
    name: "F16", blockElementCount: 1, blockByteCount: 2, ggmlType: 1, safetensorsType: "F16",
    integers: nil, decode: { decodeHalves($0, $1, $2) }, encode: { encodeHalves($0, $1, $2) })

  /// Eight elements at a time, then the rest.
  private static func decodeHalves(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ elementCount: Int
  ) {
    var index = 0
    while index + 8 <= elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: SIMD8<UInt16>.self)
      destination.store(HalfPrecision.floats(bits), index)
      index += 8
    }
    while index < elementCount {
      destination[index] = source.half(index * 2)
      index += 1
    }
  }
}
