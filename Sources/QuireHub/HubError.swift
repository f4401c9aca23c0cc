/// Why a model could not be fetched: what standard error says, and of which kind it is.
package struct HubError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong.
  package enum Kind: Sendable, Equatable {
    /// A name, a pattern or a variable of the environment that cannot be meant.
    case usage
    /// The hub has no such model, revision or file, or does not give it to this user.
    case missing
    /// What the hub sent is damaged, or no model of a shape that can be kept.
    case unusable
    /// A folder or file of the cache cannot be made.
    case cannotCreate
    /// The connection, the hub or the disk failed; what has arrived is kept.
    case inputOutput
    /// The user ended the download; what has arrived is kept.
    case interrupted
  }

  /// What went wrong.
  package let kind: Kind
  /// The place, what was found there and what to do.
  package let description: String

  /// An error of a kind.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
