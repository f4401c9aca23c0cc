/// Finds what each name of a template refers to, by the rules of Jinja's compiler.
///
/// A scope's names are those that it assigns, and those that it reads and no scope further out knows. A name that is
/// assigned begins with the value of the scopes further out, or without value where the template's every way assigns
/// it; one that is assigned under a condition begins with the variable handed in. Each scope is entered anew for each
/// element of a loop and each call of a macro.
struct ScopeAnalysis {
  private var table: ScopeTable

  /// The table of a template.
  /// - Throws: where a filter or test is named that does not exist, outside all conditions.
  static func analyze(
    _ statements: [Statement], scopeCount: Int, siteCount: Int
  ) throws(TemplateError) -> ScopeTable {
    var analysis = ScopeAnalysis(
      table: ScopeTable(
        scopes: [ScopeTable.Scope](repeating: ScopeTable.Scope(), count: scopeCount),
        references: [ScopeTable.Reference](
          repeating: ScopeTable.Reference(level: 0, slot: 0), count: siteCount)))
    let symbols = Symbols(parent: nil)
    symbols.collect(statements)
    analysis.finish(0, symbols)
    try analysis.resolve(statements, in: symbols, isConditional: false)
    return analysis.table
  }

  private mutating func finish(_ scope: Int, _ symbols: Symbols) {
    table.scopes[scope] = symbols.scope
  }

  // MARK: Statements

  private mutating func resolve(
    _ statements: [Statement], in symbols: Symbols, isConditional: Bool
  ) throws(TemplateError) {
    for statement in statements {
      do {
        try resolve(statement, in: symbols, isConditional: isConditional)
      } catch {
        throw error.located(statement.place)
      }
    }
  }

  private mutating func resolve(
    _ statement: Statement, in symbols: Symbols, isConditional: Bool
  ) throws(TemplateError) {
    switch statement.kind {
    case .text, .breakLoop, .continueLoop: break
    case .output(let expressions):
      for expression in expressions { try resolve(expression, in: symbols, isConditional: isConditional) }
    case .branches(let branches, let otherwise):
      for branch in branches {
        try resolve(branch.test, in: symbols, isConditional: true)
        try resolve(branch.statements, in: symbols, isConditional: true)
      }
      try resolve(otherwise, in: symbols, isConditional: true)
    case .loop(let loop): try resolve(loop, in: symbols, isConditional: isConditional)
    case .assignment(let target, let value):
      try resolve(value, in: symbols, isConditional: isConditional)
      resolve(target, in: symbols)
    case .blockAssignment(let target, let filter, let body):
      let inner = Symbols(parent: symbols)
      if let filter { inner.collect(filter) }
      try resolve(body, in: inner)
      if let filter { try resolve(filter, in: inner, isConditional: false) }
      resolve(target, in: symbols)
    case .macro(let site, let macro):
      refer(site, to: symbols)
      try resolve(macro, in: symbols)
    case .call(let call, let macro):
      try resolve(macro, in: symbols)
      try resolve(call, in: symbols, isConditional: isConditional)
    case .filter(let filter, let body):
      let inner = Symbols(parent: symbols)
      inner.collect(filter)
      try resolve(body, in: inner)
      try resolve(filter, in: inner, isConditional: false)
    case .with(let assignments, let body):
      let inner = Symbols(parent: symbols)
      for assignment in assignments { inner.declare(assignment.target) }
      try resolve(body, in: inner)
      for assignment in assignments {
        resolve(assignment.target, in: inner)
        try resolve(assignment.value, in: symbols, isConditional: isConditional)
      }
    case .generation(let body): try resolve(body, in: Symbols(parent: symbols))
    }
  }

  /// Completes a scope with its body's names and resolves them.
  private mutating func resolve(_ body: Body, in symbols: Symbols) throws(TemplateError) {
    symbols.collect(body.statements)
    finish(body.scope, symbols)
    try resolve(body.statements, in: symbols, isConditional: false)
  }

  private mutating func resolve(
    _ loop: Loop, in symbols: Symbols, isConditional: Bool
  ) throws(TemplateError) {
    try resolve(loop.elements, in: symbols, isConditional: isConditional)
    if let test = loop.test {
      let inner = Symbols(parent: symbols)
      // The body's first slot is that of `loop`, which the condition does not see: with a slot without a name in its
      // place the target's names have the same slots in both scopes, so that one site serves both.
      inner.declare("")
      inner.declare(loop.target)
      inner.collect(test.condition)
      finish(test.scope, inner)
      try resolve(test.condition, in: inner, isConditional: false)
    }
    let inner = Symbols(parent: symbols)
    inner.declare("loop")
    inner.declare(loop.target)
    try resolve(loop.body, in: inner)
    resolve(loop.target, in: inner)
    refer(loop.loopSite, to: inner)
    if let otherwise = loop.otherwise { try resolve(otherwise, in: Symbols(parent: symbols)) }
  }

  private mutating func resolve(_ macro: Macro, in symbols: Symbols) throws(TemplateError) {
    let inner = Symbols(parent: symbols)
    let special = [macro.caller, macro.kwargs, macro.varargs].compactMap { $0 }
    for site in macro.parameters.map(\.site) + special { inner.declare(site.name) }
    for parameter in macro.parameters { if let standard = parameter.standard { inner.collect(standard) } }
    try resolve(macro.body, in: inner)
    for site in macro.parameters.map(\.site) + special { refer(site, to: inner) }
    for parameter in macro.parameters {
      if let standard = parameter.standard { try resolve(standard, in: inner, isConditional: false) }
    }
  }

  private mutating func resolve(_ target: Target, in symbols: Symbols) {
    switch target {
    case .name(let site): refer(site, to: symbols)
    case .attribute(let namespace, _): refer(namespace, to: symbols, isRead: true)
    case .tuple(let targets): for target in targets { resolve(target, in: symbols) }
    }
  }

  // MARK: Expressions

  private mutating func resolve(
    _ expression: Expression, in symbols: Symbols, isConditional: Bool
  ) throws(TemplateError) {
    var isConditional = isConditional
    switch expression.kind {
    case .name(let site): refer(site, to: symbols, isRead: true)
    case .conditional: isConditional = true
    case .filter(_, let name, _):
      if !isConditional { try Filters.check(name) }
    case .test(_, let name, _):
      if !isConditional { try Tests.check(name) }
    default: break
    }
    for child in expression.children { try resolve(child, in: symbols, isConditional: isConditional) }
  }

  private mutating func refer(_ site: Site, to symbols: Symbols, isRead: Bool = false) {
    guard let found = symbols.find(site.name) else {
      preconditionFailure("a name that no scope has collected: \(site.name)")
    }
    table.references[site.index] = found.reference
    if isRead, found.isGlobal, TemplateFunction(rawValue: site.name) == nil {
      table.variableNames.insert(site.name)
    }
  }
}
