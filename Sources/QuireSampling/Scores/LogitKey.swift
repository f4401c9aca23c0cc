/// A token and its logit in one comparable number: the more likely token is larger, of two equally likely ones the
/// lower id is.
enum LogitKey {
  /// The key of a token; the logit is not NaN.
  static func make(id: Int, logit: Float) -> UInt64 {
    // Adding 0 makes plus zero of minus zero, which are equally likely.
    let bits = (logit + 0).bitPattern
    // Bits of negative numbers ascend with their magnitude.
    let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    return UInt64(ordered) << 32 | UInt64(~UInt32(id))
  }

  static func id(_ key: UInt64) -> Int32 { Int32(bitPattern: ~UInt32(truncatingIfNeeded: key)) }

  /// Whether two keys have the same logit.
  static func areEquallyLikely(_ first: UInt64, _ second: UInt64) -> Bool { first >> 32 == second >> 32 }
}
