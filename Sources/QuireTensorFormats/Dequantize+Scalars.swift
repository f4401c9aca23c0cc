/// Half precision and bfloat16: eight elements at a time, then the rest.
extension Dequantize {
  static func halves(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ elementCount: Int
  ) {
    var index = 0
    while index + 8 <= elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: SIMD8<UInt16>.self)
      store8(HalfPrecision.floats(bits), destination + index)
      index += 8
    }
    while index < elementCount {
      destination[index] = HalfPrecision.float(
        source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
      index += 1
    }
  }

  static func bfloats(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ elementCount: Int
  ) {
    var index = 0
    while index + 8 <= elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: SIMD8<UInt16>.self)
      let words = SIMD8<UInt32>(truncatingIfNeeded: bits) &<< SIMD8(repeating: 16)
      store8(SIMD8<Float>(bitPattern: words), destination + index)
      index += 8
    }
    while index < elementCount {
      let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      destination[index] = Float(bitPattern: UInt32(bits) &<< 16)
      index += 1
    }
  }

  @inline(__always)
  private static func store8(_ values: SIMD8<Float>, _ destination: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(destination).storeBytes(of: values, as: SIMD8<Float>.self)
  }
}
