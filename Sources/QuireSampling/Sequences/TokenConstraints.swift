import DequeModule
import QuireRequests

/// Which tokens a request favours and forbids: `allowed_token_ids`, `bad_words`, `logit_bias`.
struct TokenConstraints: Sendable {
  /// The only tokens that may be drawn, ascending and distinct; nil allows all.
  let allowedTokenIDs: [Int32]?
  /// Token sequences whose last token may not follow the rest; none empty.
  let badWords: [[Int32]]
  /// What is added to logits, ascending by id.
  let biases: [Bias]
  /// The last output tokens, as many as the longest bad word needs.
  private(set) var recentTokenIDs: Deque<Int32> = []

  private let recentTokenCount: Int

  /// What is added to one logit.
  struct Bias: Sendable {
    let tokenID: Int32
    /// What is added to the token's logit; finite.
    let bias: Float
  }

  /// Nil where the parameters constrain nothing.
  init?(_ params: SamplingParams, badWords: [[Int32]]) {
    let biases = params.logitBias ?? [:]
    guard params.allowedTokenIDs != nil || !badWords.isEmpty || !biases.isEmpty else { return nil }
    allowedTokenIDs = params.allowedTokenIDs.map { Set($0).sorted() }
    self.badWords = badWords
    self.biases = biases.sorted { $0.key < $1.key }.map { Bias(tokenID: $0.key, bias: clamped($0.value)) }
    recentTokenCount = max(0, (badWords.map(\.count).max() ?? 0) - 1)
  }

  /// Counts one more output token.
  mutating func append(_ tokenID: Int32) {
    guard recentTokenCount > 0 else { return }
    if recentTokenIDs.count == recentTokenCount { recentTokenIDs.removeFirst() }
    recentTokenIDs.append(tokenID)
  }

  /// The tokens that would complete a bad word now.
  var forbiddenTokenIDs: some Swift.Sequence<Int32> {
    badWords.lazy.filter { word in
      word.count - 1 <= recentTokenIDs.count
        && recentTokenIDs.suffix(word.count - 1).elementsEqual(word.dropLast())
    }.map { $0[$0.count - 1] }
  }
}

/// The nearest finite fp32 number.
private func clamped(_ value: Double) -> Float {
  min(max(Float(value), -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
}
