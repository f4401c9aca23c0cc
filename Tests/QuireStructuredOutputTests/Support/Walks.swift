import QuireJSON
import QuireRequests
import QuireStructuredOutput
import QuireTestSupport

extension CompiledConstraint {
  /// A constraint over single bytes.
  convenience init(_ constraint: OutputConstraint) throws(ConstraintError) {
    try self.init(constraint, vocabulary: Vocabularies.bytes)
  }

  /// Whether the whole text, spelled byte by byte, is an answer. Over ``Vocabularies/bytes``.
  func accepts(_ text: some Swift.Sequence<UInt8>) -> Bool {
    var state = start
    for byte in text where !advance(&state, by: Int32(byte)) { return false }
    return state.isAccepting
  }

  /// Whether the whole text is an answer.
  func accepts(_ text: String) -> Bool { accepts(text.utf8) }

  /// The tokens of a mask.
  func mask(_ state: ConstraintState, remaining: Int? = nil, end: [Int32]) -> (tokens: Set<Int32>, count: Int)
  {
    var words = [UInt64](repeating: .max, count: maskWordCount)
    let count = words.withUnsafeMutableBufferPointer {
      fillMask(of: state, remainingTokens: remaining, endTokenIDs: end, into: $0.baseAddress!)
    }
    var tokens: Set<Int32> = []
    for (index, word) in words.enumerated() {
      for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 { tokens.insert(Int32(index * 64 + bit)) }
    }
    return (tokens, count)
  }

  /// Draws allowed tokens, all equally likely, until the end token is drawn or the budget is used up.
  ///
  /// - Returns: the bytes; nil where a mask was empty before the answer was complete.
  func randomAnswer(
    _ random: inout TestRandom, budget: Int, end: Int32, bytes: (Int32) -> [UInt8],
    visit: (ConstraintState, Int) -> Void = { _, _ in }
  ) -> [UInt8]? {
    var state = start
    var text: [UInt8] = []
    var words = [UInt64](repeating: 0, count: maskWordCount)
    for used in 0..<budget {
      visit(state, budget - used)
      let count = words.withUnsafeMutableBufferPointer {
        fillMask(of: state, remainingTokens: budget - used, endTokenIDs: [end], into: $0.baseAddress!)
      }
      guard count > 0 else { return state.isAccepting ? text : nil }
      let token = allowedToken(words, random.below(count))
      if token == end { return text }
      guard advance(&state, by: token) else { return nil }
      text += bytes(token)
    }
    return state.isAccepting ? text : nil
  }
}

/// The token of a mask's set bit of that number, counted from 0 on; `number` is below the count of set bits.
func allowedToken(_ words: [UInt64], _ number: Int) -> Int32 {
  var left = number
  var index = 0
  while left >= words[index].nonzeroBitCount {
    left -= words[index].nonzeroBitCount
    index += 1
  }
  var word = words[index]
  for _ in 0..<left { word &= word - 1 }
  return Int32(index * 64 + word.trailingZeroBitCount)
}
