package import QuireRequests

/// How far a sequence has come in the thought before its answer: whether it thinks, and for how much longer it may.
package struct ThoughtProgress: Sendable {
  /// The tokens that begin and end a thought.
  package let markers: ThoughtMarkers
  /// Whether a thought is open.
  package private(set) var isOpen: Bool

  /// Tokens of all thoughts, 0 or more; nil for any number.
  private let tokenBudget: Int?
  private var tokenCount = 0
  /// Whether the prompt began a thought that is still open, and the answer comes after it.
  private var answerWaits: Bool

  /// A sequence without output.
  ///
  /// - Parameters:
  ///   - isOpen: whether the prompt leaves a thought open.
  ///   - tokenBudget: tokens that the answer may think, at least 0; nil for any number.
  ///   - isAnswerApart: whether what a constraint says holds for what follows an open thought.
  package init(_ markers: ThoughtMarkers, isOpen: Bool, tokenBudget: Int?, isAnswerApart: Bool) {
    self.markers = markers
    self.isOpen = isOpen
    self.tokenBudget = tokenBudget
    answerWaits = isOpen && isAnswerApart
  }

  /// Counts one more token.
  mutating func append(_ tokenID: Int32) {
    switch tokenID {
    case markers.endTokenID: (isOpen, answerWaits) = (false, false)
    case markers.startTokenID: isOpen = true
    default: if isOpen { tokenCount += 1 }
    }
  }

  /// The end marker, where the thought has used up its tokens; the token that has to come next.
  var forcedTokenID: Int32? {
    guard isOpen, let tokenBudget, tokenCount >= tokenBudget else { return nil }
    return markers.endTokenID
  }

  /// Whether what follows is no answer yet: the thought that the prompt began goes on.
  var holdsBackAnswer: Bool { answerWaits }
}
