package import QuireRequests

/// Which tokens a request favours and forbids: `allowed_token_ids`, `bad_words`, `logit_bias`.
package struct TokenConstraints: Sendable {
  /// The only tokens that may be drawn, ascending and distinct; nil allows all.
  let allowedTokenIDs: [Int32]?
  /// What is added to logits, ascending by id.
  let biases: [Bias]
  /// Token sequences whose last token may not follow the rest.
  private var badWords: BadWordMatcher?

  /// What is added to one logit.
  struct Bias: Sendable {
    let tokenID: Int32
    /// What is added to the token's logit; finite.
    let bias: Float
  }

  /// Nil where the parameters constrain nothing.
  ///
  /// - Parameter badWords: the token sequences of `params.badWords`, none empty.
  package init?(_ params: SamplingParams, badWords: [[Int32]]) {
    let biases = params.logitBias ?? [:]
    guard params.allowedTokenIDs != nil || !badWords.isEmpty || !biases.isEmpty else { return nil }
    allowedTokenIDs = params.allowedTokenIDs.map { Set($0).sorted() }
    self.badWords = badWords.isEmpty ? nil : BadWordMatcher(badWords)
    self.biases = biases.sorted { $0.key < $1.key }.map { Bias(tokenID: $0.key, bias: clamped($0.value)) }
  }

  /// Counts one more output token.
  mutating func append(_ tokenID: Int32) { badWords?.append(tokenID) }

  /// Calls `body` with each token that would complete a bad word now.
  func forEachForbiddenToken(_ body: (Int32) -> Void) { badWords?.forEachForbiddenToken(body) }
}

/// The nearest finite fp32 number.
private func clamped(_ value: Double) -> Float {
  min(max(Float(value), -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
}
