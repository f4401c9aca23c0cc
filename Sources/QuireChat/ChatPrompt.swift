/// A conversation ready for the model: its token ids, the same as text, and what was left out of it.
public struct ChatPrompt: Sendable, Equatable {
  /// The prompt's ids, beginning with BOS where the template writes one.
  public let tokenIDs: [Int32]
  /// The same prompt as text, control tokens written out.
  public let text: String
  /// What was kept of the history, and what was not.
  public let history: HistoryReport
}

/// What the token budget left of a conversation.
public struct HistoryReport: Sendable, Equatable {
  /// Earlier rounds (a user turn and its replies) in the prompt; the latest user turn is not counted.
  public var roundsKept: Int
  /// Earlier rounds left out, oldest first.
  public var roundsDropped: Int
  /// Tokens cut from the end of the latest user turn, counted in that turn's text encoded alone; 0 when whole.
  public var userTokensCut: Int

  /// A report of these counts.
  public init(roundsKept: Int, roundsDropped: Int, userTokensCut: Int) {
    self.roundsKept = roundsKept
    self.roundsDropped = roundsDropped
    self.userTokensCut = userTokensCut
  }
}

/// Whether a conversation over its budget is shortened or refused.
public enum HistoryCut: Sendable, Equatable {
  /// Older rounds are dropped, then the latest user turn is cut; `HistoryReport` says so.
  case allowed
  /// Too long is `ChatError.promptTooLong`.
  case refused
}
