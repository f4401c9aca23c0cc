// The encoders of plain numbers: copied, or rounded to the nearest, a half going to the even one.

extension TensorFormat {
  static func encodeHalves(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ count: Int
  ) {
    for index in 0..<count { destination.storeHalf(source[index], 2 * index) }
  }

  static func encodeBFloats(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ count: Int
  ) {
    for index in 0..<count {
      let bits = source[index].bitPattern
      let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
      let rounded = isNaN ? bits | 0x0040_0000 : bits &+ 0x7FFF &+ (bits &>> 16) & 1
      destination.storeBytes(
        of: UInt16(truncatingIfNeeded: rounded &>> 16), toByteOffset: 2 * index, as: UInt16.self)
    }
  }
}
