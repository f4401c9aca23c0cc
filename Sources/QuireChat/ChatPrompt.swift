package import QuireRequests

/// A conversation ready for the model: its token ids, the same as text, and what was left out of it.
package struct ChatPrompt: Sendable, Equatable {
  /// The prompt's ids, beginning with BOS where the template writes one.
  package let tokenIDs: [Int32]
  /// The same prompt as text, control tokens written out.
  package let text: String
  /// What was kept of the history, and what was not.
  package let history: HistoryReport
}

/// Whether a conversation over its budget is shortened or refused.
package enum HistoryCut: Sendable, Equatable {
  /// Older rounds are dropped, then the latest user turn is cut; `HistoryReport` says so.
  case allowed
  /// Too long is `ChatError.promptTooLong`.
  case refused
}
