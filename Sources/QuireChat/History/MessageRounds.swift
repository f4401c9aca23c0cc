package import QuireRequests

/// The rounds of a conversation, by which its history is shortened.
package struct MessageRounds: Sendable {
  /// The whole conversation.
  let messages: [ChatMessage]
  /// Instructions at the beginning, which always stay.
  let leadingCount: Int
  /// Where each round begins, oldest first; the last is the latest turn, which always stays. A round is a user turn and
  /// all that follows it up to the next one; what stands before the first user turn is one, too.
  private let starts: [Int]

  /// Finds the rounds. Linear time.
  package init(_ messages: [ChatMessage]) {
    self.messages = messages
    let leadingCount = messages.prefix { $0.role == .system || $0.role == .developer }.count
    self.leadingCount = leadingCount
    starts = messages.indices.dropFirst(leadingCount).filter {
      messages[$0].role == .user || $0 == leadingCount
    }
  }

  /// Rounds before the latest turn.
  package var count: Int { max(starts.count - 1, 0) }

  /// The instructions, the newest rounds, at most `limit` of them (nil: all), and the latest turn.
  package func newest(_ limit: Int?) -> [ChatMessage] {
    guard let limit, limit < count else { return messages }
    return Array(messages[..<leadingCount] + messages[starts[count - max(limit, 0)]...])
  }
}
