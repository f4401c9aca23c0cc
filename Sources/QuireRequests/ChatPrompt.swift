/// A conversation ready for the model: its token ids, the same as text, and what was left out of it.
public struct ChatPrompt: Sendable, Equatable {
  /// The prompt's ids, beginning with BOS where the template writes one.
  public let tokenIDs: [Int32]
  /// The same prompt as text, control tokens written out.
  public let text: String
  /// What was kept of the history, and what was not.
  public let history: HistoryReport

  /// A prompt; each argument is the property of its name.
  package init(tokenIDs: [Int32], text: String, history: HistoryReport) {
    self.tokenIDs = tokenIDs
    self.text = text
    self.history = history
  }
}
