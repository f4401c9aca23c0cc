import QuireExpressions
import QuireJSON

extension LarkParser {
  mutating func alternatives() throws(ConstraintError) -> GrammarExpression {
    skipToContinuation()
    var parts = [try sequence()]
    while text.consume("|") {
      skipBlanks()
      parts.append(try sequence())
    }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(ConstraintError) -> GrammarExpression {
    var parts: [GrammarExpression] = []
    skipToContinuation()
    while let next = text.peek, !["|", ")", "]", "\n"].contains(next) {
      if text.consume("->") {
        skipBlanks()
        guard name() != nil else { throw text.malformed(text.found, "a name behind '->'") }
        skipToContinuation()
        break
      }
      var part = try negated()
      skipBlanks()
      while text.peek == "&" {
        try checkIsInTerminal()
        text.position += 1
        skipBlanks()
        part = .combined(.both, [part, try negated()])
        skipBlanks()
      }
      parts.append(part)
      skipToContinuation()
    }
    return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
  }

  // MARK: Terminals that are combined

  private mutating func negated() throws(ConstraintError) -> GrammarExpression {
    guard text.peek == "~" else { return try repeated(try element()) }
    try checkIsInTerminal()
    text.position += 1
    return try repeated(.combined(.others, [try element()]))
  }

  private func checkIsInTerminal() throws(ConstraintError) {
    guard isInTerminal else { throw text.unsupported("'&' or '~' in a rule", "'&' and '~' in terminals") }
  }

  // MARK: Elements

  /// One of the texts that a lexer would take as one, with what is ignored behind it.
  private func lexeme(_ expression: GrammarExpression) -> GrammarExpression {
    isInTerminal ? expression : .sequence([expression, .rule(ignoredRule)])
  }

  private mutating func element() throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    switch text.peek {
    case "\"": return lexeme(try literal())
    case "/": return lexeme(try expression())
    case "(": return try group(")")
    case "[": return .repeated(try group("]"), minimum: 0, maximum: 1)
    case "%": return try inlined()
    case "<": throw text.unsupported("a token by its name", "the text itself, in quotes")
    case "@": throw text.unsupported("a grammar by its name", "its rules")
    default:
      guard let name = name() else {
        throw text.malformed(text.found, "a text in quotes, an expression, a group or a name")
      }
      if text.peek == "{", text.position + 1 < text.scalars.count,
        !"0123456789, ".unicodeScalars.contains(text.scalars[text.position + 1])
      {
        throw text.unsupported("a template", "rules without parameters", at: start)
      }
      let rule = GrammarExpression.rule(number(of: name, at: start))
      return Self.isTerminal(name) ? lexeme(rule) : rule
    }
  }

  private mutating func group(_ end: String) throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    text.position += 1
    depth += 1
    guard depth <= ConstraintLimits.groupDepth else {
      throw .limit(
        text.place(of: start), "groups \(depth) deep", atMost: ConstraintLimits.groupDepth,
        "groups in one another")
    }
    let group = try alternatives()
    skipToContinuation()
    guard text.consume(end) else {
      throw text.malformed("a group without its '\(end)'", "balanced groups", at: start)
    }
    depth -= 1
    return group
  }

  private mutating func repeated(_ part: GrammarExpression) throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    switch text.peek {
    case "*", "+", "?":
      let sign = text.peek
      text.position += 1
      return .repeated(part, minimum: sign == "+" ? 1 : 0, maximum: sign == "?" ? 1 : nil)
    case "{":
      text.position += 1
      skipBlanks()
      let minimum = text.number()
      skipBlanks()
      var maximum = minimum
      if text.consume(",") {
        skipBlanks()
        maximum = text.number()
        skipBlanks()
      }
      guard text.consume("}") else { throw text.malformed(text.found, "'}'") }
      let bounds = try text.checked(minimum ?? 0, maximum, at: start)
      return .repeated(part, minimum: bounds.minimum, maximum: bounds.maximum)
    default:
      skipBlanks()
      guard text.consume("~") else {
        text.position = start
        return part
      }
      skipBlanks()
      guard let minimum = text.number() else { throw text.malformed(text.found, "a number behind '~'") }
      var maximum = minimum
      if text.consume("..") {
        guard let number = text.number() else { throw text.malformed(text.found, "a number behind '..'") }
        maximum = number
      }
      let bounds = try text.checked(minimum, maximum, at: start)
      return .repeated(part, minimum: bounds.minimum, maximum: bounds.maximum)
    }
  }

  // MARK: Texts

  private mutating func literal() throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    let first = try quoted()
    if text.consume("..") {
      guard text.peek == "\"" else { throw text.malformed(text.found, "a character in quotes behind '..'") }
      let last = try quoted()
      guard first.unicodeScalars.count == 1, last.unicodeScalars.count == 1,
        let low = first.unicodeScalars.first, let high = last.unicodeScalars.first, low <= high
      else { throw text.malformed("a range of texts", "two characters, the lower one first", at: start) }
      return .scalars(ScalarSet([low.value...high.value]))
    }
    guard text.peek == "i",
      text.position + 1 >= text.scalars.count || !isOfName(text.scalars[text.position + 1])
    else { return .literal(Array(first.utf8)) }
    text.position += 1
    return .sequence(
      first.unicodeScalars.map { scalar in
        let other = scalar.value ^ 0x20
        let isLetter = scalar.isASCII && scalar.properties.isAlphabetic
        return .scalars(
          ScalarSet(isLetter ? [scalar.value...scalar.value, other...other] : [scalar.value...scalar.value]))
      })
  }

  mutating func quoted() throws(ConstraintError) -> String {
    let start = text.position
    text.position += 1
    var scalars = String.UnicodeScalarView()
    while let next = text.peek, next != "\"" {
      guard next != "\n" else { break }
      text.position += 1
      scalars.append(next == "\\" ? try escape() : next)
    }
    guard text.consume("\"") else { throw text.malformed("'\"' without its end", "a closed text", at: start) }
    return String(scalars)
  }

  /// Passes what follows a `\`.
  private mutating func escape() throws(ConstraintError) -> Unicode.Scalar {
    let start = text.position - 1
    guard let letter = text.peek else { throw text.malformed("'\\' at the end", "an escaped character") }
    text.position += 1
    switch letter {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "\"", "\\", "/", "'": return letter
    case "x": return Unicode.Scalar(try text.hexadecimal(2))!
    case "u":
      let unit = try text.hexadecimal(4)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard unit < 0xDC00, text.consume("\\u") else { break }
      let low = try text.hexadecimal(4)
      guard (0xDC00...0xDFFF).contains(low) else { break }
      return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
    default: break
    }
    throw text.malformed(
      "the escape '\\\(letter)'", "\\n \\r \\t \\b \\f \\\" \\\\ \\xXX \\uXXXX", at: start)
  }

  private mutating func expression() throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    text.position += 1
    while let next = text.peek, next != "\n", next != "/" {
      text.position += next == "\\" ? 2 : 1
    }
    guard text.peek == "/", start + 1 < text.position else {
      throw text.malformed("'/' without its end", "an expression between '/'", at: start)
    }
    let pattern = String(text.text(from: start).dropFirst())
    text.position += 1
    var options = GrammarRegexOptions()
    while let flag = text.peek, isOfName(flag), flag != "-" {
      guard options.set(flag) else { throw text.unsupported("the flag '\(flag)'", "the flags i, s and u") }
      text.position += 1
    }
    let place = text.place(of: start)
    let node = try RegexParser.grammarNode(pattern, place: place, options)
    guard !node.hasAssertion else {
      throw text.unsupported(
        "an assertion in an expression", "expressions without '^', '$' and '\\b'", at: start)
    }
    return .automaton(try ScalarAutomaton(node, place: place))
  }
}
