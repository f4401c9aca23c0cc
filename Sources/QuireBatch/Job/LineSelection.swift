/// Which lines of an input a job answers; the others count among identical lines and nothing else.
package struct LineSelection: Sendable, Equatable {
  /// The part of the input that is answered; nil for all.
  package var shard: LineShard?
  /// The lines that are answered; nil for all.
  package var keys: Set<LineKey>?

  /// A selection; each argument is the property of its name.
  package init(shard: LineShard? = nil, keys: Set<LineKey>? = nil) {
    self.shard = shard
    self.keys = keys
  }

  /// Whether a line is answered.
  func includes(_ identity: LineIdentity) -> Bool {
    if let shard, !shard.holds(identity) { return false }
    return keys?.contains(identity.key) ?? true
  }
}
