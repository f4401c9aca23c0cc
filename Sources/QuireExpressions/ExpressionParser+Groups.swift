extension ExpressionParser {
  /// Passes the group whose `(` stands at `position`; nil for a comment.
  mutating func group() throws(ExpressionError) -> ExpressionNode? {
    let start = position
    position += 1
    depth += 1
    guard depth <= ExpressionLimits.groupDepth else {
      throw ExpressionError(
        .limit, position, "groups \(depth) deep", "at most \(ExpressionLimits.groupDepth) in one another")
    }
    let outer = options
    defer {
      options = outer
      depth -= 1
    }
    if !consume("?") { return .apart(try body(start)) }
    if consume("#") {
      while let next = peek, next != ")" { position += next == "\\" ? 2 : 1 }
      position = min(position, scalars.count)
      return try closed(start, nil)
    }
    if consume(":") { return try body(start) }
    if consume(">") { return .atomic(try body(start)) }
    for (sign, isAhead, isNegated) in [
      ("=", true, false), ("!", true, true), ("<=", false, false), ("<!", false, true),
    ] where consume(sign) {
      return .look(try body(start), isAhead: isAhead, isNegated: isNegated)
    }
    if peek == "<" || peek == "P" || peek == "'" { return try named(start) }
    switch peek {
    case "~": throw unsupported("an absence operator '(?~'", "no absence operators")
    case "(": throw unsupported("a conditional group '(?('", "no conditional groups")
    default: break
    }
    try switchOptions()
    if consume(":") { return .apart(try body(start)) }
    // `(?i)` holds to the end of the group around it, over all its alternatives.
    guard consume(")") else { throw malformed("options without ':' or ')'", "'(?i:…)' or '(?i)'") }
    return .apart(try alternatives())
  }

  private mutating func body(_ start: Int) throws(ExpressionError) -> ExpressionNode {
    try closed(start, try alternatives())
  }

  private mutating func closed<Node>(_ start: Int, _ node: Node) throws(ExpressionError) -> Node {
    guard consume(")") else {
      position = start
      throw malformed("'(' without its ')'", "balanced groups")
    }
    return node
  }

  /// `(?<name>…)`, also as Python and .NET write it: a group, whose name has no use here.
  private mutating func named(_ start: Int) throws(ExpressionError) -> ExpressionNode {
    let isPython = consume("P")
    let isQuoted = peek == "'"
    guard isQuoted && !isPython || peek == "<" else {
      throw unsupported("'(?P' without a name", "'(?<name>…)'")
    }
    position += 1
    let close: Unicode.Scalar = isQuoted ? "'" : ">"
    let nameStart = position
    while let next = peek, next != close, next != ")" { position += 1 }
    guard position > nameStart, consume(close) else { throw malformed("a group without a name", "a name") }
    return .apart(try body(start))
  }

  private mutating func switchOptions() throws(ExpressionError) {
    var isOn = true
    while let next = peek, next != ":", next != ")" {
      switch next {
      case "-": isOn = false
      case "i": options.ignoresCase = isOn
      case "m", "s": options.dotMatchesAll = isOn
      case "x": options.isExtended = isOn
      default: throw unsupported("the group option '\(next)'", "i, m, s or x")
      }
      position += 1
    }
  }
}

extension ExpressionNode {
  /// The node as one that no text beside it joins.
  fileprivate static func apart(_ node: ExpressionNode) -> ExpressionNode {
    if case .foldedText = node { .sequence([node]) } else { node }
  }
}
