package import QuireChat
package import QuireRequests

/// Turns what a line asks for into what the engine takes: token ids, lengths, stop tokens.
package protocol RequestPreparing {
  /// Throws where the line cannot be answered by this model.
  func prepare(
    _ line: LineRequest, form: LineForm, requestID: UInt64, randomKey: UInt64
  ) throws(LineError) -> PreparedRequest
}

/// A request, and what the token budget left of its conversation (nil for raw prompts).
package struct PreparedRequest: Equatable, Sendable {
  package let request: GenerationRequest
  package let history: HistoryReport?

  package init(request: GenerationRequest, history: HistoryReport?) {
    self.request = request
    self.history = history
  }
}
