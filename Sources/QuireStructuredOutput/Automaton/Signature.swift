/// What a state looks like to those that compare it with others: two hashes of 64 bits; that two of a few thousand rows
/// share both is out of the question.
struct Signature: Hashable {
  private var first: UInt64 = 0x243F_6A88_85A3_08D3
  private var second: UInt64 = 0x1319_8A2E_0370_7344

  /// Adds a number to what is compared.
  mutating func add(_ value: Int32) {
    let word = UInt64(UInt32(bitPattern: value))
    first = (first ^ word) &* 0x9E37_79B9_7F4A_7C15
    first ^= first >> 29
    second = (second &+ word) &* 0xBF58_476D_1CE4_E5B9
    second ^= second >> 32
  }

  func hash(into hasher: inout Hasher) { hasher.combine(first) }
}

extension [Signature: Int32] {
  /// The number of a signature, the next one where it is new.
  mutating func id(of signature: Signature) -> Int32 {
    if let known = self[signature] { return known }
    let new = Int32(count)
    self[signature] = new
    return new
  }
}
