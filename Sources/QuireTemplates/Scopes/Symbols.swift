/// The names of one scope while they are collected. A class, since the scopes within refer to it.
final class Symbols {
  private enum Kind {
    /// Filled when the scope is entered: parameters, targets of loops.
    case parameter
    /// Read from outside the template.
    case global
    /// Begins with the value further out.
    case outer(ScopeTable.Reference, isGlobal: Bool)
    /// Begins without value.
    case empty
  }

  private let parent: Symbols?
  private var slots: [String: Int] = [:]
  private var names: [(name: String, kind: Kind)] = []

  init(parent: Symbols?) {
    self.parent = parent
  }

  /// The scope of the names so far.
  var scope: ScopeTable.Scope {
    var scope = ScopeTable.Scope(slotCount: names.count)
    for (slot, entry) in names.enumerated() {
      switch entry.kind {
      case .global: scope.loads.append((slot, .global(name: entry.name)))
      case .outer(let reference, _): scope.loads.append((slot, .outer(reference)))
      case .parameter, .empty: break
      }
    }
    return scope
  }

  /// What a name refers to here, nil where no scope has it, and whether its value may come from outside the template.
  func find(_ name: String) -> (reference: ScopeTable.Reference, isGlobal: Bool)? {
    var (level, symbols) = (0, self)
    while true {
      if let slot = symbols.slots[name] {
        let isGlobal =
          switch symbols.names[slot].kind {
          case .global, .outer(_, isGlobal: true): true
          default: false
          }
        return (ScopeTable.Reference(level: level, slot: slot), isGlobal)
      }
      guard let parent = symbols.parent else { return nil }
      (level, symbols) = (level + 1, parent)
    }
  }

  private func define(_ name: String, _ kind: Kind) {
    slots[name] = names.count
    names.append((name, kind))
  }

  /// Declares a name that is filled when the scope is entered.
  func declare(_ name: String) {
    if slots[name] == nil { define(name, .parameter) }
  }

  /// Declares the names of a target.
  func declare(_ target: Target) {
    switch target {
    case .name(let site): declare(site.name)
    case .attribute: break
    case .tuple(let targets): targets.forEach { declare($0) }
    }
  }

  private func read(_ name: String) {
    if find(name) == nil { define(name, .global) }
  }

  /// - Parameter isConditional: whether a way through the scope may pass the assignment by.
  private func assign(_ name: String, isConditional: Bool) {
    guard slots[name] == nil else { return }
    if let outer = parent?.find(name) {
      let reference = ScopeTable.Reference(level: outer.reference.level + 1, slot: outer.reference.slot)
      define(name, .outer(reference, isGlobal: outer.isGlobal))
    } else {
      define(name, isConditional ? .global : .empty)
    }
  }

  // MARK: Collecting

  /// Collects the names of statements, in the order in which the compiler meets them.
  func collect(_ statements: [Statement], isConditional: Bool = false) {
    for statement in statements { collect(statement, isConditional) }
  }

  private func collect(_ statement: Statement, _ isConditional: Bool) {
    switch statement.kind {
    case .text, .breakLoop, .continueLoop, .generation: break
    case .output(let expressions): expressions.forEach { collect($0) }
    case .branches(let branches, let otherwise): collect(branches, otherwise)
    case .loop(let loop): collect(loop.elements)
    case .assignment(let target, let value):
      collect(value)
      assign(target, isConditional)
    case .blockAssignment(let target, _, _): assign(target, isConditional)
    case .macro(let site, _): assign(site.name, isConditional: isConditional)
    case .call(let call, _): collect(call)
    case .filter(let filter, _): collect(filter)
    case .with(let assignments, _): for assignment in assignments { collect(assignment.value) }
    }
  }

  private func collect(_ branches: [Branch], _ otherwise: [Statement]) {
    for branch in branches {
      collect(branch.test)
      collect(branch.statements, isConditional: true)
    }
    collect(otherwise, isConditional: true)
  }

  /// Collects the names that an expression reads.
  func collect(_ expression: Expression) {
    if case .name(let site) = expression.kind { read(site.name) }
    expression.children.forEach { collect($0) }
  }

  private func assign(_ target: Target, _ isConditional: Bool) {
    switch target {
    case .name(let site): assign(site.name, isConditional: isConditional)
    case .attribute(let namespace, _): read(namespace.name)
    case .tuple(let targets): targets.forEach { assign($0, isConditional) }
    }
  }
}
