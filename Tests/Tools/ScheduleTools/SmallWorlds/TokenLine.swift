/// Prompt and output of a sample or beam, each token as the hash of the line up to it: what a correct cache holds at its
/// position, whichever sequence has computed it.
struct TokenLine: Equatable {
  private(set) var tags: [UInt64] = []

  /// A prompt: the tokens 0, 1, 2, …
  init(promptTokenCount: Int) {
    for token in 0..<promptTokenCount { append(Int32(token)) }
  }

  var count: Int { tags.count }

  mutating func append(_ token: Int32) {
    // The mixing step of FNV-1a, 64 bits.
    tags.append(
      ((tags.last ?? 0xcbf2_9ce4_8422_2325) ^ UInt64(UInt32(bitPattern: token) &+ 1)) &* 0x100_0000_01b3)
  }
}
