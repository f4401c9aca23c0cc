/// A regular expression as a tree; its depth is bounded by the parser.
indirect enum ExpressionNode: Sendable {
  case empty
  /// One scalar of a set.
  case set(ScalarSet)
  /// Scalars one after the other whose case is ignored, so that several may stand for one and one for several.
  case foldedText([Unicode.Scalar])
  /// A class whose case is ignored: one of its scalars, or several that one of them folds to.
  case foldedClass(ScalarSet)
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
    case .foldedText, .foldedClass: return written(isBehind: false).leading
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

extension ExpressionNode {
  /// The node where case counts, with what differs in case alone written out in it or in what it repeats.
  ///
  /// - Parameter isBehind: whether it looks at what stands before a place: as in Oniguruma, no scalar stands for several
  ///   there.
  func written(isBehind: Bool) -> ExpressionNode {
    switch self {
    case .foldedText(let scalars): CaseFolding.node(of: scalars, isBehind: isBehind)
    case .foldedClass(let set): CaseFolding.node(of: set, isBehind: isBehind)
    case .atomic(let node): .atomic(node.written(isBehind: isBehind))
    case .repeated(let node, let minimum, let maximum, let isLazy):
      .repeated(
        node.written(isBehind: isBehind), minimum: minimum, maximum: maximum, isLazy: isLazy)
    case .empty, .set, .sequence, .alternatives, .look, .assertion: self
    }
  }

  /// Joins texts beside one another whose case is ignored: "s" and "s" stand for "ß" together.
  static func joined(_ nodes: [ExpressionNode]) -> [ExpressionNode] {
    var result: [ExpressionNode] = []
    for node in nodes {
      if case .foldedText(let scalars) = node, case .foldedText(let before)? = result.last {
        result[result.count - 1] = .foldedText(before + scalars)
      } else {
        result.append(node)
      }
    }
    return result
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
