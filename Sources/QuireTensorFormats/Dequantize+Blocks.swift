/// The block formats: one block of 32 elements at a time, as two halves of 16.
extension Dequantize {
  static func blocksQ8_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ8_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = half(bytes, 0)
      for part in 0..<2 {
        let quants = (bytes + BlockQ8_0.quantsOffset).loadUnaligned(
          fromByteOffset: part * 16, as: SIMD16<Int8>.self)
        store(
          SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: quants)) * SIMD16(repeating: scale), out + part * 16
        )
      }
    }
  }

  static func blocksQ4_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let zero = SIMD16(repeating: BlockQ4_0.zeroPoint)
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ4_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: half(bytes, 0))
      let (low, high) = nibbles(bytes + BlockQ4_0.quantsOffset)
      store(SIMD16<Float>(low &- zero) * scale, out)
      store(SIMD16<Float>(high &- zero) * scale, out + 16)
    }
  }

  static func blocksQ4_1(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ4_1.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: half(bytes, 0))
      let minimum = SIMD16(repeating: half(bytes, BlockQ4_1.minimumOffset))
      let (low, high) = nibbles(bytes + BlockQ4_1.quantsOffset)
      store(SIMD16<Float>(low) * scale + minimum, out)
      store(SIMD16<Float>(high) * scale + minimum, out + 16)
    }
  }

  static func blocksQ5_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let zero = SIMD16(repeating: BlockQ5_0.zeroPoint)
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ5_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: half(bytes, 0))
      let (low, high) = nibbles(bytes + BlockQ5_0.quantsOffset)
      let (lowFifth, highFifth) = fifthBits(bytes + BlockQ5_0.highBitsOffset)
      store(SIMD16<Float>((low | lowFifth) &- zero) * scale, out)
      store(SIMD16<Float>((high | highFifth) &- zero) * scale, out + 16)
    }
  }

  static func blocksQ5_1(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ5_1.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: half(bytes, 0))
      let minimum = SIMD16(repeating: half(bytes, BlockQ5_1.minimumOffset))
      let (low, high) = nibbles(bytes + BlockQ5_1.quantsOffset)
      let (lowFifth, highFifth) = fifthBits(bytes + BlockQ5_1.highBitsOffset)
      store(SIMD16<Float>(low | lowFifth) * scale + minimum, out)
      store(SIMD16<Float>(high | highFifth) * scale + minimum, out + 16)
    }
  }

  @inline(__always)
  private static func half(_ bytes: UnsafeRawPointer, _ offset: Int) -> Float {
    HalfPrecision.float(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The low and the high nibbles of 16 bytes: elements 0..<16 and 16..<32.
  @inline(__always)
  private static func nibbles(_ bytes: UnsafeRawPointer) -> (low: SIMD16<Int32>, high: SIMD16<Int32>) {
    let packed = SIMD16<Int32>(truncatingIfNeeded: bytes.loadUnaligned(as: SIMD16<UInt8>.self))
    return (packed & SIMD16(repeating: 15), packed &>> SIMD16(repeating: 4))
  }

  /// The fifth bits of elements 0..<16 and 16..<32, each as 0 or 16.
  @inline(__always)
  private static func fifthBits(_ bytes: UnsafeRawPointer) -> (low: SIMD16<Int32>, high: SIMD16<Int32>) {
    let word = Int32(truncatingIfNeeded: bytes.loadUnaligned(as: UInt32.self))
    let shifts = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let one = SIMD16<Int32>(repeating: 1)
    let four = SIMD16<Int32>(repeating: 4)
    let low = (SIMD16(repeating: word & 0xFFFF) &>> shifts) & one
    let high = (SIMD16(repeating: (word &>> 16) & 0xFFFF) &>> shifts) & one
    return (low &<< four, high &<< four)
  }

  @inline(__always)
  private static func store(_ values: SIMD16<Float>, _ destination: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(destination).storeBytes(of: values, as: SIMD16<Float>.self)
  }
}
