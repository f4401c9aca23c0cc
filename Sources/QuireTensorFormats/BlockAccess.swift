// What the decoders of several block formats read and write.

extension UnsafeRawPointer {
  /// The half-precision number `offset` bytes from here, at any address.
  @inline(__always)
  func half(_ offset: Int) -> Float {
    HalfPrecision.float(loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The low and the high nibbles of the 16 bytes here: elements 0..<16 and 16..<32 of a block of 32.
  @inline(__always)
  func nibbles() -> (low: SIMD16<Int32>, high: SIMD16<Int32>) {
    let packed = SIMD16<Int32>(truncatingIfNeeded: loadUnaligned(as: SIMD16<UInt8>.self))
    return (packed & SIMD16(repeating: 15), packed &>> SIMD16(repeating: 4))
  }

  /// The fifth bits of elements 0..<16 and 16..<32, each as 0 or 16, from the 32 bits here.
  @inline(__always)
  func fifthBits() -> (low: SIMD16<Int32>, high: SIMD16<Int32>) {
    let word = Int32(truncatingIfNeeded: loadUnaligned(as: UInt32.self))
    let shifts = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let one = SIMD16<Int32>(repeating: 1)
    let four = SIMD16<Int32>(repeating: 4)
    let low = (SIMD16(repeating: word & 0xFFFF) &>> shifts) & one
    let high = (SIMD16(repeating: (word &>> 16) & 0xFFFF) &>> shifts) & one
    return (low &<< four, high &<< four)
  }

  /// The 32 five-bit numbers of a block, whose nibbles are here and whose fifth bits are at `highBits`.
  @inline(__always)
  func fiveBits(_ highBits: UnsafeRawPointer) -> SIMD32<UInt8> {
    let (low, high) = nibbles()
    let (lowFifth, highFifth) = highBits.fifthBits()
    return SIMD32(
      lowHalf: SIMD16(truncatingIfNeeded: low | lowFifth),
      highHalf: SIMD16(truncatingIfNeeded: high | highFifth))
  }
}

extension UnsafeMutablePointer<Float> {
  /// Writes sixteen numbers `offset` numbers from here, at any address.
  @inline(__always)
  func store(_ values: SIMD16<Float>, _ offset: Int = 0) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: values, as: SIMD16<Float>.self)
  }

  /// Writes eight numbers `offset` numbers from here, at any address.
  @inline(__always)
  func store(_ values: SIMD8<Float>, _ offset: Int = 0) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: values, as: SIMD8<Float>.self)
  }
}
