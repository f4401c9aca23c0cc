import QuireRequests

/// Messages sorted into what the budget treats apart: system text, earlier rounds, the latest user turn.
struct Conversation {
  /// The system message's text; nil when there is none.
  let system: String?
  /// Earlier rounds, oldest first, as ranges of `turns`: a user turn and the answers up to the next user turn.
  /// Answers before any user turn are a round too.
  let rounds: [Range<Int>]
  /// All messages but the system message and the latest user turn, in order.
  let turns: ArraySlice<ChatMessage>
  /// The latest user turn's text.
  let latest: String

  /// Checks the order of `messages`: system only first, the last from the user, and for styles that need it user
  /// and assistant in turn.
  ///
  /// Throws `ChatError.noMessages`, `.unsupportedRole`, `.systemNotFirst`, `.lastNotFromUser` or `.rolesMustAlternate`.
  init(_ messages: [ChatMessage], style: ChatStyle) throws(ChatError) {
    let known: [ChatMessage.Role] = [.system, .user, .assistant]
    if let other = messages.first(where: { !known.contains($0.role) }) {
      throw ChatError.unsupportedRole(other.role.rawValue, known: ["system", "user", "assistant"])
    }
    if let index = messages.indices.dropFirst().first(where: { messages[$0].role == .system }) {
      throw ChatError.systemNotFirst(index: index)
    }
    guard let last = messages.last else { throw ChatError.noMessages }
    guard last.role == .user else { throw ChatError.lastNotFromUser(role: last.role) }
    let firstIsSystem = messages[0].role == .system
    let turns = messages[(firstIsSystem ? 1 : 0)..<(messages.count - 1)]
    if style.needsAlternation {
      for index in messages.indices.dropFirst(turns.startIndex) {
        let expected: ChatMessage.Role = (index - turns.startIndex).isMultiple(of: 2) ? .user : .assistant
        guard messages[index].role == expected else {
          throw ChatError.rolesMustAlternate(format: style.format, index: index, role: messages[index].role)
        }
      }
    }
    var starts: [Int] = []
    for index in turns.indices where turns[index].role == .user || index == turns.startIndex {
      starts.append(index)
    }
    rounds = starts.enumerated().map { order, start in
      start..<(order + 1 < starts.count ? starts[order + 1] : turns.endIndex)
    }
    system = firstIsSystem ? messages[0].content : nil
    self.turns = turns
    latest = last.content
  }
}
