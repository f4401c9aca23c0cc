/// Prompt and output of a sample or beam, each token as the hash of the line up to it: what a correct cache holds at its
/// position, whichever sequence has computed it.
struct TokenLine: Equatable {
  private(set) var tags: [UInt64] = []

  /// The line of a prompt.
  init(promptTokenCount: Int) {
    for token in Self.prompt(promptTokenCount) { append(token) }
  }

  /// The tokens of a prompt: 0, 1, 2, …
  static func prompt(_ tokenCount: Int) -> [Int32] { Array(0..<Int32(tokenCount)) }

  var count: Int { tags.count }

  mutating func append(_ token: Int32) {
    // The mixing step of FNV-1a, 64 bits.
    tags.append(
      ((tags.last ?? 0xcbf2_9ce4_8422_2325) ^ UInt64(UInt32(bitPattern: token) &+ 1)) &* 0x100_0000_01b3)
  }
}
