/// Finds which of some names a body reads before it declares them, as Jinja decides what a macro's body takes.
struct FreeNames {
  /// The names that no declaration has been met of.
  private var awaited: Set<String>
  /// The names that were read.
  private var found: Set<String> = []

  /// The names among `names` that are read.
  static func of(_ statements: [Statement], among names: Set<String>) -> Set<String> {
    var visitor = FreeNames(awaited: names)
    visitor.visit(statements)
    return visitor.found
  }

  private init(awaited: Set<String>) {
    self.awaited = awaited
  }

  private mutating func visit(_ statements: [Statement]) {
    for statement in statements { visit(statement) }
  }

  private mutating func visit(_ statement: Statement) {
    switch statement.kind {
    case .text, .breakLoop, .continueLoop: break
    case .output(let expressions): expressions.forEach { visit($0) }
    case .branches(let branches, let otherwise):
      for branch in branches {
        visit(branch.test)
        visit(branch.statements)
      }
      visit(otherwise)
    case .loop(let loop):
      declare(loop.target)
      visit(loop.elements)
      visit(loop.body.statements)
      visit(loop.otherwise?.statements ?? [])
      if let test = loop.test { visit(test.condition) }
    case .assignment(let target, let value):
      declare(target)
      visit(value)
    case .blockAssignment(let target, let filter, let body):
      declare(target)
      if let filter { visit(filter) }
      visit(body.statements)
    case .macro(_, let macro): visit(macro)
    case .call(let call, let macro):
      visit(call)
      visit(macro)
    case .filter(let filter, let body):
      visit(body.statements)
      visit(filter)
    case .with(let assignments, let body):
      for assignment in assignments { declare(assignment.target) }
      for assignment in assignments { visit(assignment.value) }
      visit(body.statements)
    case .generation(let body): visit(body.statements)
    }
  }

  private mutating func visit(_ macro: Macro) {
    for parameter in macro.parameters { awaited.remove(parameter.site.name) }
    for parameter in macro.parameters { if let standard = parameter.standard { visit(standard) } }
    visit(macro.body.statements)
  }

  private mutating func visit(_ expression: Expression) {
    if case .name(let site) = expression.kind, awaited.contains(site.name) { found.insert(site.name) }
    expression.children.forEach { visit($0) }
  }

  private mutating func declare(_ target: Target) {
    switch target {
    case .name(let site): awaited.remove(site.name)
    case .attribute: break
    case .tuple(let targets): targets.forEach { declare($0) }
    }
  }
}
