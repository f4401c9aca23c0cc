/// Whether a conversation over its budget is shortened or refused.
package enum HistoryCut: Sendable, Equatable {
  /// Older rounds are dropped, then the latest user turn is cut; `HistoryReport` says so.
  case allowed
  /// Too long is `ChatError.promptTooLong`.
  case refused
}
