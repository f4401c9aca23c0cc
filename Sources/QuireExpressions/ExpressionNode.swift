/// A regular expression as a tree; its depth is bounded by the parser.
indirect enum ExpressionNode: Sendable {
  case empty
  /// One scalar of a set.
  case set(ScalarSet)
  case sequence([ExpressionNode])
  /// The first that leads to a match counts.
  case alternatives([ExpressionNode])
  /// A node at least `minimum` times, at most `maximum` times or without bound: as often as possible, or as seldom.
  case repeated(ExpressionNode, minimum: Int, maximum: Int?, isLazy: Bool)
  /// The first match of a node, which is not given up for another.
  case atomic(ExpressionNode)
  /// Whether a node matches what follows, or what stands before.
  case look(ExpressionNode, isAhead: Bool, isNegated: Bool)
  case assertion(ExpressionAssertion)

  /// The scalars that a match which is not empty may begin with, or a superset, and whether a match may be empty.
  var leading: (scalars: ScalarSet, isNullable: Bool) {
    switch self {
    case .empty, .look, .assertion: return (ScalarSet.none, true)
    case .set(let set): return (set, false)
    case .atomic(let node): return node.leading
    case .repeated(let node, let minimum, _, _):
      let inner = node.leading
      return (inner.scalars, minimum == 0 || inner.isNullable)
    case .alternatives(let nodes):
      let all = nodes.map(\.leading)
      return (ScalarSet(all.flatMap(\.scalars.ranges)), all.contains(where: \.isNullable))
    case .sequence(let nodes):
      var ranges: [ClosedRange<UInt32>] = []
      for node in nodes {
        let next = node.leading
        ranges += next.scalars.ranges
        if !next.isNullable { return (ScalarSet(ranges), false) }
      }
      return (ScalarSet(ranges), true)
    }
  }
}

/// A condition on a place in the text.
enum ExpressionAssertion: UInt8, Sendable {
  /// `^`: the start, or after a line feed that is not the last byte.
  case lineStart
  /// `$`: the end, or before a line feed.
  case lineEnd
  /// `\A`
  case textStart
  /// `\z`
  case textEnd
  /// `\Z`: the end, or before a line feed there.
  case textEndOrLastLineEnd
  /// `\b`
  case wordBoundary
  /// `\B`
  case notWordBoundary
}
