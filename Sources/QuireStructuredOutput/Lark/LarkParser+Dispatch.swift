import QuireExpressions

extension LarkParser {
  /// Takes the marks of tools out of the text behind them, in grammars such as `start: (tool_a | tool_b)* tail` with a
  /// `tail` of any text and tools that begin with a lazy `TEXT "mark"`: as their readers have it, what follows a mark is
  /// a call. Other grammars stay as they are.
  mutating func separateTail(of start: Int) throws(ConstraintError) {
    guard case .sequence(let parts)? = expressions[start], parts.count == 2,
      case .repeated(let tools, 0, nil) = parts[0], case .rule(let tail) = parts[1],
      let text = onlyTerminal(of: tail), try isAnyText(text)
    else { return }
    var marks: [String] = []
    for tool in tools.rules {
      guard let mark = mark(of: tool, text) else { return }
      marks.append(mark)
    }
    let free = try ScalarDFA.texts(without: marks, place: self.text.field)
    expressions[tail] = .sequence([.automaton(try free.automaton()), .rule(ignoredRule)])
  }

  /// The terminal that a rule is nothing but.
  private func onlyTerminal(of rule: Int) -> Int? {
    guard let parts = expressions[rule]?.parts, parts.count == 2, case .rule(let terminal) = parts[0] else {
      return nil
    }
    return terminal
  }

  /// Whether a terminal is any text.
  private func isAnyText(_ terminal: Int) throws(ConstraintError) -> Bool {
    guard let expression = expressions[terminal], expression.rules.isEmpty else { return false }
    let automaton = try expression.automaton(place: text.field) { _ in .empty }
    let states = try ScalarDFA(automaton).states
    return states.count == 1 && states[0].isAccepting && states[0].edges.map(\.set) == [.all]
  }

  /// What stands behind the text at the beginning of a tool.
  private func mark(of tool: Int, _ text: Int) -> String? {
    guard case .rule(let head)? = expressions[tool]?.parts.first,
      case .combined(.shortest, let whole)? = expressions[head]?.parts.first,
      case let parts = whole.flatMap(\.parts), parts.count == 2, case .rule(text) = parts[0],
      case .literal(let mark) = parts[1]
    else { return nil }
    return String(decoding: mark, as: UTF8.self)
  }
}

extension GrammarExpression {
  /// What stands one behind the other, sequences within sequences included.
  fileprivate var parts: [GrammarExpression] {
    if case .sequence(let parts) = self { parts.flatMap(\.parts) } else { [self] }
  }
}
