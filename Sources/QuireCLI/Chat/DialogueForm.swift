import QuireJSON

/// How a file holds a dialogue. A session saves in the form that it loaded.
enum DialogueForm: Sendable {
  /// Where the messages stand.
  enum List: Sendable, Equatable {
    /// Objects with `role` and `content`.
    case messages
    /// Lists of two texts, a question and its answer, as many a program keeps its history.
    case pairs
  }

  /// The list alone.
  case list(List)
  /// An object with the list as its member `messages` or `history`; the other members are carried along.
  case object(List, members: [JSONView.Member])

  /// What a new file becomes.
  static let new = DialogueForm.list(.messages)

  /// What the messages are written as.
  var list: List {
    switch self {
    case .list(let list), .object(let list, _): list
    }
  }
}

extension DialogueForm.List {
  /// The member that holds the list in an object.
  var key: StaticString { self == .messages ? "messages" : "history" }
}
