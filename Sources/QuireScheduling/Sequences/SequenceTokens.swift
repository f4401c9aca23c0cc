/// The known token ids of a sequence, prompt and output, for the prefix cache; of a beam search the prompt's alone.
/// Without a cache it stays empty.
struct SequenceTokens: Sendable, Equatable {
  /// The prompt, shared with whoever made the request.
  let prompt: [Int32]
  /// Sequences of different variants share no blocks, whatever their tokens.
  private let variant: UInt64
  /// What was sampled after it.
  private(set) var output: [Int32] = []
  /// The chained hashes of the leading full blocks, as far as they have been asked for.
  private var blockHashes: [UInt64] = []

  init(prompt: [Int32], variant: UInt64 = 0) {
    self.prompt = prompt
    self.variant = variant
  }

  /// Number of tokens.
  var count: Int { prompt.count + output.count }

  /// Takes the token that was sampled next.
  mutating func append(_ token: Int32) { output.append(token) }

  /// The token ids of a full block, without a copy where prompt or output holds it whole.
  func block(_ index: Int, size: Int) -> ArraySlice<Int32> {
    let places = index * size..<(index + 1) * size
    if places.upperBound <= prompt.count { return prompt[places] }
    if places.lowerBound >= prompt.count {
      return output[places.lowerBound - prompt.count..<places.upperBound - prompt.count]
    }
    return (prompt[places.lowerBound...] + output[..<(places.upperBound - prompt.count)])[...]
  }

  /// The chained hash at the end of a full block. O(tokens of the blocks that were not asked for before).
  mutating func hash(ofBlock index: Int, size: Int, _ hash: PrefixHash) -> UInt64 {
    while blockHashes.count <= index {
      blockHashes.append(
        hash.hash(block(blockHashes.count, size: size), after: blockHashes.last ?? PrefixHash.root ^ variant))
    }
    return blockHashes[index]
  }
}
