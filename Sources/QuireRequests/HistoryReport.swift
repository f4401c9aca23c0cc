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
