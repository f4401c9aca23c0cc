package import QuireRequests
package import QuireStructuredOutput

/// How far a sequence has come in the constraint on its whole answer (`structured_outputs`).
///
/// A value: samples and beams that part from one another have their own.
package struct AnswerStructure: Sendable {
  private let constraint: CompiledConstraint
  private var state: ConstraintState
  /// Tokens that end the answer, distinct and in the vocabulary.
  let endTokenIDs: [Int32]
  private let minTokens: Int
  private let outputTokenLimit: Int

  /// An answer without tokens.
  package init(_ constraint: CompiledConstraint, stopChecker: StopChecker) {
    self.constraint = constraint
    state = constraint.start
    endTokenIDs = stopChecker.endTokenIDs.filter { constraint.vocabulary.contains($0) }
    minTokens = stopChecker.minTokens
    outputTokenLimit = stopChecker.outputTokenLimit
  }

  /// Whether an answer that has not begun yet could begin after two tokens more, and be completed.
  func canBeginLater(outputTokenCount: Int) -> Bool {
    outputTokenLimit - outputTokenCount >= constraint.shortestCompletion + 2
  }

  /// Counts one more token, which the mask allowed.
  mutating func append(_ token: Int32) {
    let isAllowed = advance(by: token)
    precondition(isAllowed, "a token was drawn that the answer's constraint excludes")
  }

  /// Counts one more token; false, with nothing changed, where the constraint excludes it.
  mutating func advance(by token: Int32) -> Bool {
    // With a token that ends it, an answer stays what it was.
    endTokenIDs.contains(token) || constraint.advance(&state, by: token)
  }

  /// Notes for later answers which token, that the mask allows, comes next in this one.
  func note(_ token: Int32) {
    guard !endTokenIDs.contains(token) else { return }
    var next = state
    if constraint.advance(&next, by: token) { constraint.note(token, at: state, next: next) }
  }

  /// Calls `body` with the tokens that earlier answers let expect, as `CompiledConstraint` does.
  func forEachExpectedToken(_ body: (Int32, _ streak: UInt8) -> Bool) {
    constraint.forEachExpectedToken(from: state, body)
  }

  /// Whether a token, which the mask allows, is no choice: the only one that it leaves, one of several that spell parts of
  /// the only text that may follow, or an end where nothing else may come.
  func forces(_ token: Int32, outputTokenCount: Int) -> Bool {
    let isEnd = endTokenIDs.contains(token)
    if !isEnd, constraint.forces(token, from: state) { return true }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: constraint.maskWordCount) { words in
      fillMask(outputTokenCount: outputTokenCount, words.baseAddress!) == (isEnd ? endTokenIDs.count : 1)
    }
  }

  /// Sets the bits of the tokens that may come next, so that the answer can be completed within its length, and clears
  /// all others. Tokens that end the answer are among them where it may end, `min_tokens` apart.
  ///
  /// - Parameter words: a bit a token of the vocabulary, the lowest bit first, in whole words.
  /// - Returns: the number of bits set.
  @discardableResult
  func fillMask(outputTokenCount: Int, _ words: UnsafeMutablePointer<UInt64>) -> Int {
    constraint.fillMask(
      of: state, remainingTokens: outputTokenLimit - outputTokenCount, endTokenIDs: endTokenIDs, into: words)
  }

  /// Tokens among which all are that may come next, those that end the answer apart; nil where these are many, or not known
  /// without a mask.
  var fewTokenIDs: [Int32]? { constraint.fewTokenIDs(of: state) }

  /// Whether the answer, of `outputTokenCount` tokens, is complete and has to stop by itself: no token may follow, and
  /// none that ends it either.
  package func isComplete(outputTokenCount: Int) -> Bool {
    guard state.isAccepting, outputTokenCount < outputTokenLimit else { return false }
    guard endTokenIDs.isEmpty || outputTokenCount < minTokens else { return false }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: constraint.maskWordCount) { words in
      fillMask(outputTokenCount: outputTokenCount, words.baseAddress!) == endTokenIDs.count
    }
  }
}
