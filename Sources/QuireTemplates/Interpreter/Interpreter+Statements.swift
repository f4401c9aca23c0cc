extension Interpreter {
  /// Runs statements in a frame.
  @inline(never)
  func run(_ statements: [Statement], _ frame: Frame) throws(TemplateError) -> Flow {
    for statement in statements {
      do {
        try meter.enter()
        defer { meter.leave() }
        let flow = try run(statement, frame)
        if flow != .next { return flow }
      } catch {
        throw error.located(statement.place)
      }
    }
    return .next
  }

  private func run(_ statement: Statement, _ frame: Frame) throws(TemplateError) -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expressions): for expression in expressions { try write(expression, frame) }
    case .branches(let branches, let otherwise): return try run(branches, otherwise, frame)
    case .loop(let loop): return try run(loop, frame)
    case .assignment(let target, let value): try assign(target, value, frame)
    case .blockAssignment(let target, let filter, let body):
      return try capture(body, filter, frame) { value throws(TemplateError) in
        try assign(target, value, frame)
      }
    case .macro(let site, let macro): set(site, to: try closure(macro, frame), frame)
    case .call(let call, let macro): try runCall(call, macro, frame)
    case .filter(let filter, let body):
      return try capture(body, filter, frame) { value throws(TemplateError) in try writeText(value) }
    case .with(let assignments, let body): return try run(assignments, body, frame)
    case .generation(let body): _ = try run(body.statements, try enter(body.scope, from: frame))
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  // Statements stand in one another: each form has a function of its own, so that none takes the stack of all.

  @inline(never)
  private func write(_ expression: Expression, _ frame: Frame) throws(TemplateError) {
    try write(try string(of: try evaluate(expression, frame)))
  }

  @inline(never)
  private func run(
    _ branches: [Branch], _ otherwise: [Statement], _ frame: Frame
  ) throws(TemplateError) -> Flow {
    for branch in branches where isTrue(try evaluate(branch.test, frame)) {
      return try run(branch.statements, frame)
    }
    return try run(otherwise, frame)
  }

  @inline(never)
  private func run(
    _ assignments: [(target: Target, value: Expression)], _ body: Body, _ frame: Frame
  ) throws(TemplateError) -> Flow {
    let inner = try enter(body.scope, from: frame)
    for assignment in assignments {
      try assign(assignment.target, try evaluate(assignment.value, frame), inner)
    }
    return try run(body.statements, inner)
  }

  @inline(never)
  private func runCall(_ call: Expression, _ macro: Macro, _ frame: Frame) throws(TemplateError) {
    let caller = try closure(macro, frame)
    try writeText(try evaluateCall(call, frame, caller: caller))
  }

  /// Hands on the text of a body, through a filter if there is one, unless the body leaves a loop.
  @inline(never)
  private func capture(
    _ body: Body, _ filter: Expression?, _ frame: Frame, _ use: (TemplateValue) throws(TemplateError) -> Void
  ) throws(TemplateError) -> Flow {
    let inner = try enter(body.scope, from: frame)
    let (text, flow) = try capture { () throws(TemplateError) in try run(body.statements, inner) }
    guard flow == .next else { return flow }
    if let filter {
      try use(try evaluateFilter(filter, on: .text(text), inner))
    } else {
      try use(.text(text))
    }
    return .next
  }

  /// Writes what a block made, which must be text.
  private func writeText(_ value: TemplateValue) throws(TemplateError) {
    guard case .text(let text) = value else {
      throw .evaluation("a block's filters or call must make a str, not \(value.typeName)")
    }
    try write(text)
  }

  @inline(never)
  private func closure(_ macro: Macro, _ frame: Frame) throws(TemplateError) -> TemplateValue {
    try meter.allocate(64)
    closures.append(Closure(macro: macro, frame: frame))
    return .object(.macro(closures.count - 1))
  }

  // MARK: Assignment

  @inline(never)
  private func assign(_ target: Target, _ value: Expression, _ frame: Frame) throws(TemplateError) {
    try checkNamespaces(target, frame)
    try assign(target, try evaluate(value, frame), frame)
  }

  private func checkNamespaces(_ target: Target, _ frame: Frame) throws(TemplateError) {
    switch target {
    case .name: break
    case .tuple(let targets): for target in targets { try checkNamespaces(target, frame) }
    case .attribute(let site, let name):
      guard case .object(.namespace) = value(of: site, frame) else {
        throw .evaluation("cannot set \(name) of \(site.name), which is no namespace")
      }
    }
  }

  /// Assigns a value; several targets take the elements of a value of as many.
  func assign(_ target: Target, _ value: TemplateValue, _ frame: Frame) throws(TemplateError) {
    switch target {
    case .name(let site): set(site, to: value, frame)
    case .attribute(let site, let name):
      guard case .object(.namespace(let number)) = self.value(of: site, frame) else {
        throw .evaluation("cannot set \(name) of \(site.name), which is no namespace")
      }
      try setAttribute(name, of: number, to: value)
    case .tuple(let targets):
      let elements = try self.elements(of: value)
      guard elements.count == targets.count else {
        throw .evaluation("cannot unpack \(elements.count) values into \(targets.count) names")
      }
      for (target, element) in zip(targets, elements) { try assign(target, element, frame) }
    }
  }

  /// Sets an attribute of a namespace.
  func setAttribute(_ name: String, of namespace: Int, to value: TemplateValue) throws(TemplateError) {
    guard !name.hasPrefix("_") else {
      throw .evaluation("the attribute \(name) begins with an underscore: rename it")
    }
    try set(.string(name, isTrusted: true), to: value, in: &namespaces[namespace])
  }
}
