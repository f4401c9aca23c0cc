import QuireRequests

/// Knows which tokens would complete a bad word, however many words there are.
///
/// A token costs amortised O(1), and O(words that it may complete) more. A copy is a fork.
struct BadWordMatcher: Sendable {
  /// Finds the words but for their last tokens.
  private let beginnings: PatternAutomaton
  /// The last tokens of the words whose rest ends at a state.
  private let lastTokens: [Int32: [Int32]]
  private var state = PatternAutomaton.start

  /// A matcher of words of which none is empty, before any output.
  init(_ words: [[Int32]]) {
    beginnings = PatternAutomaton(words.map { $0.dropLast() })
    var lastTokens: [Int32: [Int32]] = [:]
    for (word, end) in zip(words, beginnings.ends) {
      lastTokens[end, default: []].append(word[word.count - 1])
    }
    self.lastTokens = lastTokens
  }

  /// Counts one more output token.
  mutating func append(_ tokenID: Int32) {
    state = beginnings.next(state, UInt32(bitPattern: tokenID))
  }

  /// Calls `body` with each token that would complete a word now; with some more than once.
  func forEachForbiddenToken(_ body: (Int32) -> Void) {
    for end in beginnings.endStates(at: state) {
      for token in lastTokens[end] ?? [] { body(token) }
    }
  }
}
