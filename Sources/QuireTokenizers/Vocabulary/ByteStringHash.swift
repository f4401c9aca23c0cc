/// A keyed hash of byte strings: a vocabulary from a stranger cannot choose its collisions.
enum ByteStringHash {
  /// The key of this process.
  static let key = UInt64.random(in: .min ... .max)

  /// The hash of `count` bytes; O(count).
  @inline(__always) static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int, key: UInt64) -> UInt64 {
    let raw = UnsafeRawPointer(bytes)
    var state = key ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
    var position = 0
    while position &+ 8 <= count {
      state = mix(state ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position &+= 8
    }
    var rest: UInt64 = 0
    if position &+ 4 <= count {
      rest = UInt64(raw.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      position &+= 4
    }
    while position < count {
      rest = rest << 8 | UInt64(bytes[position])
      position &+= 1
    }
    return mix(state ^ rest)
  }

  /// Folds the 128-bit product, as wyhash does (Wang Yi, 2019).
  @inline(__always) static func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
