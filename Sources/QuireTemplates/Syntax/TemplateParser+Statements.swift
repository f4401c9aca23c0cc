import QuireJSON

extension TemplateParser {
  /// Tags of Jinja that no chat template needs, since they read other files or change how text is escaped.
  private static let refused: Set<String> = [
    "include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug",
  ]

  /// The statement of a tag, from its name on; the tag's end comes next.
  /// - Parameter ends: the tags that would end the statements around it, for messages.
  mutating func statement(_ ends: [String]) throws(TemplateError) -> Statement.Kind {
    let place = token.place
    let name = try expectName("a tag's name")
    switch name {
    case "set": return try assignment()
    case "if": return try branches()
    case "for": return try loop()
    case "macro": return try macro()
    case "call": return try callBlock()
    case "filter": return try filterBlock()
    case "with": return try with()
    case "generation":
      let body = try innerBody(until: "endgeneration", canLeaveLoop: false)
      return .generation(body)
    case "print": return try printed()
    case "break", "continue":
      guard loopDepth > 0 else {
        throw TemplateError(.syntax, "\(name) outside a loop", at: place)
      }
      return name == "break" ? .breakLoop : .continueLoop
    default:
      let tag = Excerpt.quoted(name)
      guard !Self.refused.contains(name) else {
        throw TemplateError(.syntax, "the tag \(tag) is not covered: chat templates stand alone", at: place)
      }
      let awaited = ends.isEmpty ? "" : ", expected \(ends.map { "{% \($0) %}" }.joined(separator: " or "))"
      throw TemplateError(
        .syntax, "the tag \(tag) is unknown or stands in the wrong place\(awaited)", at: place)
    }
  }

  /// A body with names of its own, and its closing name passed.
  private mutating func innerBody(until end: String, canLeaveLoop: Bool = true) throws(TemplateError) -> Body
  {
    let scope = makeScope()
    let outerLoops = loopDepth
    if !canLeaveLoop { loopDepth = 0 }
    let statements = try bodyStatements(until: [end])
    advance()
    loopDepth = outerLoops
    return Body(scope: scope, statements: statements)
  }

  private mutating func assignment() throws(TemplateError) -> Statement.Kind {
    let target = try target(until: nil, mayBeAttribute: true)
    if skip(.assign) { return .assignment(target, try tupleOrExpression()) }
    let filter = isAt(.pipe) ? try filters(of: nil) : nil
    return .blockAssignment(target, filter: filter, body: try innerBody(until: "endset"))
  }

  private mutating func branches() throws(TemplateError) -> Statement.Kind {
    var branches: [Branch] = []
    while true {
      let test = try tupleOrExpression(withConditional: false)
      branches.append(Branch(test: test, statements: try bodyStatements(until: ["elif", "else", "endif"])))
      if skip("elif") { continue }
      var otherwise: [Statement] = []
      if skip("else") {
        otherwise = try bodyStatements(until: ["endif"])
      }
      advance()
      return .branches(branches, otherwise: otherwise)
    }
  }

  private mutating func loop() throws(TemplateError) -> Statement.Kind {
    enclosingLoops += 1
    let target = try target(until: "in", mayBeAttribute: false)
    guard skip("in") else { throw unexpected(expected: "\"in\"") }
    let elements = try tupleOrExpression(withConditional: false, until: "recursive")
    var test: (scope: Int, condition: Expression)?
    if skip("if") { test = (makeScope(), try expression()) }
    let isRecursive = skip("recursive")
    let outerLoops = loopDepth
    loopDepth += 1
    let scope = makeScope()
    let loopSite = makeSite("loop")
    let statements = try bodyStatements(until: ["endfor", "else"])
    loopDepth = outerLoops
    var otherwise: Body?
    if skip("else") {
      let scope = makeScope()
      // Text that is made again for each level can leave no loop around it.
      if isRecursive { loopDepth = 0 }
      otherwise = Body(scope: scope, statements: try bodyStatements(until: ["endfor"]))
      loopDepth = outerLoops
    }
    advance()
    enclosingLoops -= 1
    return .loop(
      Loop(
        target: target, elements: elements, test: test, isRecursive: isRecursive,
        body: Body(scope: scope, statements: statements), loopSite: loopSite, otherwise: otherwise))
  }

  private mutating func macro() throws(TemplateError) -> Statement.Kind {
    let place = token.place
    let name = try expectName("the macro's name")
    try checkAssignable(name, at: place, mayBeLoop: true)
    let site = makeSite(name)
    return .macro(site, try macro(named: name, parameters: try signature(), until: "endmacro"))
  }

  private mutating func callBlock() throws(TemplateError) -> Statement.Kind {
    let parameters = isAt(.leftParenthesis) ? try signature() : []
    let place = token.place
    let call = try expression()
    guard case .call = call.kind else { throw TemplateError(.syntax, "expected a call", at: place) }
    return .call(call, try macro(named: nil, parameters: parameters, until: "endcall"))
  }

  private mutating func macro(
    named name: String?, parameters: [Macro.Parameter], until end: String
  ) throws(TemplateError) -> Macro {
    let body = try innerBody(until: end, canLeaveLoop: false)
    let names = parameters.map(\.site.name)
    let free = FreeNames.of(body.statements, among: ["caller", "kwargs", "varargs"])
    if free.contains("caller"), let index = names.firstIndex(of: "caller"), parameters[index].standard == nil
    {
      throw TemplateError(.syntax, "a parameter \"caller\" needs a default value", at: token.place)
    }
    func special(_ name: String, _ parser: inout TemplateParser) -> Site? {
      free.contains(name) && !names.contains(name) ? parser.makeSite(name) : nil
    }
    return Macro(
      name: name, parameters: parameters, caller: special("caller", &self), kwargs: special("kwargs", &self),
      varargs: special("varargs", &self), body: body)
  }

  private mutating func signature() throws(TemplateError) -> [Macro.Parameter] {
    var parameters: [Macro.Parameter] = []
    try expect(.symbol(.leftParenthesis))
    while !isAt(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.symbol(.comma)) }
      let place = token.place
      let name = try expectName("a parameter's name")
      try checkAssignable(name, at: place, mayBeLoop: true)
      guard !parameters.contains(where: { $0.site.name == name }) else {
        throw TemplateError(.syntax, "the parameter \(Excerpt.quoted(name)) stands twice", at: place)
      }
      let site = makeSite(name)
      var standard: Expression?
      if skip(.assign) {
        standard = try expression()
      } else if parameters.last?.standard != nil {
        throw TemplateError(.syntax, "a parameter without default value behind one that has one", at: place)
      }
      parameters.append(Macro.Parameter(site: site, standard: standard))
    }
    advance()
    return parameters
  }

  private mutating func filterBlock() throws(TemplateError) -> Statement.Kind {
    let filter = try filters(of: nil, beginsWithName: true)
    return .filter(filter, body: try innerBody(until: "endfilter"))
  }

  private mutating func with() throws(TemplateError) -> Statement.Kind {
    var assignments: [(target: Target, value: Expression)] = []
    while token.kind != .blockEnd {
      if !assignments.isEmpty { try expect(.symbol(.comma)) }
      let target = try target(until: nil, mayBeAttribute: false, isParameter: true)
      try expect(.symbol(.assign))
      assignments.append((target, try expression()))
    }
    return .with(assignments, body: try innerBody(until: "endwith"))
  }

  private mutating func printed() throws(TemplateError) -> Statement.Kind {
    var expressions: [Expression] = []
    while token.kind != .blockEnd {
      if !expressions.isEmpty { try expect(.symbol(.comma)) }
      expressions.append(try expression())
    }
    return .output(expressions)
  }

  // MARK: Targets

  /// What a value is assigned to: a name, a namespace's attribute, or several with commas.
  /// - Parameter end: a keyword that ends the list of names.
  private mutating func target(
    until end: String?, mayBeAttribute: Bool, isParameter: Bool = false
  ) throws(TemplateError) -> Target {
    var targets: [Target] = []
    while targets.isEmpty || !isTargetEnd(end) {
      targets.append(try singleTarget(end, mayBeAttribute, isParameter))
      guard skip(.comma) else { return targets.count == 1 ? targets[0] : .tuple(targets) }
    }
    return .tuple(targets)
  }

  private func isTargetEnd(_ end: String?) -> Bool {
    switch token.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    case .name(let name): name == end
    default: false
    }
  }

  private mutating func singleTarget(
    _ end: String?, _ mayBeAttribute: Bool, _ isParameter: Bool
  ) throws(TemplateError) -> Target {
    if skip(.leftParenthesis) {
      let inner = try target(until: nil, mayBeAttribute: false, isParameter: isParameter)
      try expect(.symbol(.rightParenthesis))
      return inner
    }
    let place = token.place
    let name = try expectName("a name to assign to")
    if mayBeAttribute, skip(.dot) {
      return .attribute(namespace: makeSite(name), name: try expectName("the attribute's name"))
    }
    try checkAssignable(name, at: place, mayBeLoop: isParameter)
    return .name(makeSite(name))
  }

  /// Refuses names of constants, and within loops the name of the loop's own variable.
  private func checkAssignable(
    _ name: String, at place: TemplateError.Place, mayBeLoop: Bool = false
  ) throws(TemplateError) {
    let constants: Set = ["true", "false", "none", "True", "False", "None"]
    guard !constants.contains(name), name != "loop" || mayBeLoop || enclosingLoops == 0 else {
      throw TemplateError(.syntax, "\(Excerpt.quoted(name)) cannot be assigned to", at: place)
    }
  }
}
