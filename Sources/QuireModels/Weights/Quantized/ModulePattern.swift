import QuireExpressions

/// Which modules of a model a rule is about.
enum ModulePattern: Sendable {
  /// All of them.
  case all
  /// The one of this name.
  case name(String)
  /// Those whose name has this in it.
  case part(String)
  /// Those whose name ends with this, after a dot.
  case ending(String)
  /// Those whose name an expression matches, which begins with the name's beginning.
  case expression(Expression)

  /// Those whose name an expression matches from its beginning on, as Python's `re.match` does.
  ///
  /// - Throws: ``ExpressionError`` where the text is no expression, or one that is not done.
  static func beginning(with text: String) throws(ExpressionError) -> ModulePattern {
    // By itself first: a bracket that closes none must not close the group around it.
    _ = try Expression(text)
    return .expression(try Expression("\\A(?:\(text))"))
  }

  /// Those whose name, or its end after a dot, an expression matches as a whole: how peft reads a key of its patterns.
  ///
  /// - Throws: as the other form.
  static func ending(matching text: String) throws(ExpressionError) -> ModulePattern {
    _ = try Expression(text)
    return .expression(try Expression("\\A(?:.*\\.)?(?:\(text))\\z"))
  }

  /// Whether the rule is about the module of a name.
  func matches(_ module: String) -> Bool {
    switch self {
    case .all: true
    case .name(let name): module == name
    case .part(let part): module.contains(part)
    case .ending(let ending): module == ending || module.hasSuffix("." + ending)
    case .expression(let expression): Self.isFound(expression, in: module)
    }
  }

  private static func isFound(_ expression: Expression, in module: String) -> Bool {
    var isFound = false
    Array(module.utf8).withUnsafeBufferPointer { expression.forEachMatch(in: $0) { _ in isFound = true } }
    return isFound
  }
}
