extension ExpressionParser {
  /// Passes the quantifiers after a part, each of which repeats what stands before it.
  mutating func quantified(_ part: ExpressionNode) throws(ExpressionError) -> ExpressionNode {
    var node = part
    while let next = peek {
      let minimum: Int
      var maximum: Int?
      var isInterval = false
      var isPossessive = false
      switch next {
      case "*": minimum = 0
      case "+": minimum = 1
      case "?": (minimum, maximum) = (0, 1)
      case "{":
        guard let shape = interval() else { return node }
        (minimum, maximum, isInterval) = (shape.minimum, shape.maximum, true)
        guard max(minimum, maximum ?? 0) <= ExpressionLimits.repetitionCount else {
          throw ExpressionError(
            .limit, position, "a repetition of \(max(minimum, maximum ?? 0))",
            "at most \(ExpressionLimits.repetitionCount)")
        }
        position = shape.end - 1
      default: return node
      }
      position += 1
      var (low, high) = (minimum, maximum)
      if let most = maximum, most < minimum {
        // Oniguruma's way to write a possessive interval.
        (low, high, isPossessive) = (most, minimum, true)
      }
      var isLazy = false
      if isInterval {
        // After an interval a `+` repeats it, and a `?` after `{n}` makes it optional.
        if !isPossessive, high != low { isLazy = consume("?") }
      } else if consume("?") {
        isLazy = true
      } else {
        isPossessive = consume("+")
      }
      node = .repeated(node, minimum: low, maximum: high, isLazy: isLazy)
      if isPossessive { node = .atomic(node) }
    }
    return node
  }

  /// `{m}`, `{m,}`, `{,n}` or `{m,n}` at `position`, and where it ends; nil where the brace stands for itself.
  func interval() -> (minimum: Int, maximum: Int?, end: Int)? {
    var index = position + 1
    /// Beyond nine digits the value is more than any limit.
    func number() -> Int? {
      let first = index
      var value = 0
      while index < scalars.count, ("0"..."9").contains(scalars[index]) {
        value = min(value * 10 + Int(scalars[index].value - 0x30), 1_000_000_000)
        index += 1
      }
      return index > first ? value : nil
    }
    let minimum = number()
    guard index < scalars.count else { return nil }
    if scalars[index] == "}" { return minimum.map { ($0, $0, index + 1) } }
    guard scalars[index] == "," else { return nil }
    index += 1
    let maximum = number()
    guard index < scalars.count, scalars[index] == "}", minimum != nil || maximum != nil else { return nil }
    return (minimum ?? 0, maximum, index + 1)
  }
}
