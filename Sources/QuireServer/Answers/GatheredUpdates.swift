import QuireRequests

/// Updates of a request that have not been told yet, those of one answer joined.
struct GatheredUpdates {
  private var updates: [RequestUpdate] = []

  /// Takes in an update; linear in the number of answers that have grown.
  mutating func add(_ update: RequestUpdate) {
    guard let place = updates.firstIndex(where: { $0.index == update.index }) else {
      updates.append(update)
      return
    }
    updates[place].append(update)
  }

  /// Hands out what is there, in the order in which the answers grew first.
  mutating func take() -> [RequestUpdate] {
    defer { updates.removeAll(keepingCapacity: true) }
    return updates
  }
}

extension RequestUpdate {
  /// Joins what a later update of the same answer says.
  fileprivate mutating func append(_ later: RequestUpdate) {
    text += later.text
    reasoning += later.reasoning
    tokenIDs += later.tokenIDs
    if let logprobs = later.logprobs { self.logprobs = (self.logprobs ?? []) + logprobs }
    finishReason = later.finishReason
    stopReason = later.stopReason
    output = later.output
  }
}
