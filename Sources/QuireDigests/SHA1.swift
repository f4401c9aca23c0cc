/// SHA-1 (FIPS 180-4): the name that git gives to a file's content. No proof against a forger, only against damage.
///
/// Linear time, constant memory.
package struct SHA1 {
  private var state: SIMD8<UInt32> = [
    0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0, 0, 0, 0,
  ]
  private var blocks = MessageBlocks()

  /// The state before the first byte.
  package init() {}

  /// Takes the next bytes.
  package mutating func update(_ bytes: some Collection<UInt8>) {
    let isTaken: Void? = bytes.withContiguousStorageIfAvailable {
      blocks.take(UnsafeRawBufferPointer($0), into: &state, Self.compress)
    }
    guard isTaken == nil else { return }
    Array(bytes).withUnsafeBytes { blocks.take($0, into: &state, Self.compress) }
  }

  /// The 20 bytes of the digest as five big-endian words; the value can go on being updated.
  package func digest() -> [UInt32] {
    let last = blocks.finished(state, Self.compress)
    return (0..<5).map { last[$0] }
  }

  /// Takes whole blocks of 64 bytes.
  private static func compress(_ state: inout SIMD8<UInt32>, _ bytes: UnsafeBufferPointer<UInt8>) {
    for start in stride(from: 0, to: bytes.count, by: 64) {
      compressBlock(&state, UnsafeBufferPointer(rebasing: bytes[start..<start + 64]))
    }
  }

  private static func compressBlock(_ state: inout SIMD8<UInt32>, _ block: UnsafeBufferPointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { w in
      for t in 0..<16 {
        let i = 4 * t
        w[t] =
          UInt32(block[i]) << 24 | UInt32(block[i + 1]) << 16 | UInt32(block[i + 2]) << 8
          | UInt32(block[i + 3])
      }
      for t in 16..<80 { w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1) }
      var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
      for t in 0..<80 {
        let (f, k): (UInt32, UInt32) =
          switch t {
          case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
          case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
          case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
          default: (b ^ c ^ d, 0xca62_c1d6)
          }
        let next = rotate(a, 5) &+ f &+ e &+ k &+ w[t]
        (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
      }
      state &+= [a, b, c, d, e, 0, 0, 0]
    }
  }

  private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value << count | value >> (32 - count)
  }
}
