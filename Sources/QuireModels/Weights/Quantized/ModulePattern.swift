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
  /// Those whose name an expression matches from its beginning on.
  case expression(ModuleExpression)

  /// Whether the rule is about the module of a name.
  func matches(_ module: String) -> Bool {
    switch self {
    case .all: true
    case .name(let name): module == name
    case .part(let part): module.contains(part)
    case .ending(let ending): module == ending || module.hasSuffix("." + ending)
    case .expression(let expression): expression.matches(module)
    }
  }
}
