import QuireExpressions

/// A regular expression as a tree; its depth is bounded by the parser.
indirect enum RegexNode: Sendable {
  case empty
  case scalars(ScalarSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// A node repeated at least `minimum` times, at most `maximum` times or without bound.
  case repeated(RegexNode, minimum: Int, maximum: Int?)

  /// A text as it stands.
  static func literal(_ text: String) -> RegexNode {
    .sequence(text.unicodeScalars.map { .scalars(ScalarSet($0)) })
  }

  /// An expression that every text matches.
  static let anything = RegexNode.repeated(.scalars(.all), minimum: 0, maximum: nil)
}

/// A parsed expression: what stands between its outermost bars, with the anchors of each.
struct RegexPattern {
  struct Alternative {
    let node: RegexNode
    /// Whether it begins with `^`.
    let isAnchoredAtStart: Bool
    /// Whether it ends with `$`.
    let isAnchoredAtEnd: Bool
  }

  let alternatives: [Alternative]

  /// The texts matched from end to end.
  var fullMatch: RegexNode { .alternatives(alternatives.map(\.node)) }

  /// The texts that hold a match, as JSON Schema's `pattern` means it.
  var search: RegexNode {
    .alternatives(
      alternatives.map { alternative in
        .sequence([
          alternative.isAnchoredAtStart ? .empty : .anything, alternative.node,
          alternative.isAnchoredAtEnd ? .empty : .anything,
        ])
      })
  }
}
