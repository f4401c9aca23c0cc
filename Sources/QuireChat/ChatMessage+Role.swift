package import QuireRequests

extension ChatMessage.Role {
  /// The role of that name.
  ///
  /// Throws `ChatError.unsupportedRole` for any other name (`tool`, `developer`, `assitant`, …).
  package init(name: String) throws(ChatError) {
    guard let role = Self(rawValue: name) else { throw ChatError.unsupportedRole(name) }
    self = role
  }
}
