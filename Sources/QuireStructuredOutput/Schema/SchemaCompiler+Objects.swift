import QuireExpressions
import QuireJSON

extension SchemaCompiler {
  /// Expressions of names whose combinations are looked at one by one.
  private static let combinedPatternCount = 5

  /// Fills the rule of a branch's objects.
  mutating func addObject(_ rule: Int32, _ branch: SchemaBranch) throws(ConstraintError) {
    var names: [[UInt8]] = []
    var known: Set<[UInt8]> = []
    for part in branch.objectParts.sorted(by: { $0.origin.precedes($1.origin) }) {
      for property in part.properties where known.insert(property.name).inserted {
        names.append(property.name)
      }
    }
    let isOpen = isOpen(branch)
    for name in branch.required where known.insert(name).inserted { names.append(name) }
    var properties: [JSONRules.Property] = []
    for name in names {
      let isRequired = branch.isRequired.contains(name)
      guard let schemas = try schemas(of: name, branch), try admitsName(name, branch) else {
        if isRequired {
          note(
            error(
              .unsatisfiable, branch.path + "/required", Excerpt.quoted(name) + ", which may not be there",
              "names of properties that may"))
          return
        }
        continue
      }
      properties.append(
        .init(
          name: String(decoding: name, as: UTF8.self), rule: try self.rule(for: schemas),
          isRequired: isRequired))
    }
    var others: [JSONRules.OtherProperties] = []
    if branch.maxProperties ?? .max > 0 {
      let forbidden = names.map { String(decoding: $0, as: UTF8.self) }
      others = try otherProperties(branch, names: forbidden, isOpen: isOpen)
    }
    var (least, most) = (branch.minProperties, branch.maxProperties)
    if branch.excluded.contains(.object([])) { least = max(least, 1) }
    // Bounds that the names keep by themselves.
    if least <= branch.required.count { least = 0 }
    if others.isEmpty, let greatest = most, greatest >= properties.count { most = nil }
    if others.isEmpty, least > properties.count {
      note(
        error(
          .unsatisfiable, branch.path + "/minProperties", "\(least)",
          "at most \(properties.count), the properties"))
      return
    }
    try rules.addObject(rule, properties, others: others, least: least, most: most)
  }

  /// Whether members may stand there that no schema names or has an expression for. Where none says so beside names,
  /// they are left out, though a validator would take them: an answer holds what the schema names.
  private func isOpen(_ branch: SchemaBranch) -> Bool {
    branch.objectParts.contains { $0.additional != nil } || !branch.objectParts.contains { $0.isNaming }
  }

  /// What a member of a name must satisfy; nil where it may not be there.
  mutating func schemas(
    of name: [UInt8], _ branch: SchemaBranch
  ) throws(ConstraintError) -> ConjunctSet? {
    var schemas: [Conjunct] = []
    var evaluated: Set<Int32> = []
    let text = String(decoding: name, as: UTF8.self)
    for part in branch.objectParts {
      var isNamed = false
      for property in part.properties where property.name == name {
        isNamed = true
        schemas.append(property.schema)
      }
      for pattern in part.patterns {
        if pattern.expression.inner.accepts(text) {
          isNamed = true
          schemas.append(pattern.schema)
        } else if !pattern.expression.outside.accepts(text) {
          // Dialects disagree on whether it matches.
          return nil
        }
      }
      if !isNamed, let additional = part.additional { schemas.append(additional) }
      if isNamed || part.additional != nil { evaluated.formUnion(part.origin.evaluators) }
    }
    for rest in branch.unevaluatedProperties where !evaluated.contains(rest.owner) {
      schemas.append(rest.schema)
    }
    if schemas.contains(where: isNever) { return nil }
    return set(schemas)
  }

  mutating func admitsName(_ name: [UInt8], _ branch: SchemaBranch) throws(ConstraintError) -> Bool {
    branch.propertyNames.elements.isEmpty ? true : try admits(branch.propertyNames, .string(name))
  }

  /// The members that have no name of their own, by the expressions that their names match and do not match.
  private mutating func otherProperties(
    _ branch: SchemaBranch, names: [String], isOpen: Bool
  ) throws(ConstraintError) -> [JSONRules.OtherProperties] {
    var patterns: [KeyPattern] = []
    for part in branch.objectParts {
      for (pattern, _) in part.patterns where !patterns.contains(where: { $0.text == pattern.text }) {
        patterns.append(pattern)
      }
    }
    guard isOpen || !patterns.isEmpty else { return [] }
    let free = try ScalarAutomaton.allTexts(except: names, of: JSONSpelling.unescaped, place: field)
    if patterns.isEmpty, branch.propertyNames.elements.isEmpty {
      guard let schemas = schemas(ofOthers: [], branch) else { return [] }
      return [.init(keys: .free(free), rule: try rule(for: schemas))]
    }
    var base = try ScalarDFA(free)
    if !branch.propertyNames.elements.isEmpty {
      guard let allowed = try texts(ofNames: branch.propertyNames) else { return [] }
      base = try base.intersection(allowed)
    }
    // Where there are many, each name matches one of them.
    let combinations: [[Int]] =
      patterns.count <= Self.combinedPatternCount
      ? (0..<(1 << patterns.count)).map { bits in patterns.indices.filter { bits >> $0 & 1 == 1 } }
      : [[]] + patterns.indices.map { [$0] }
    var result: [JSONRules.OtherProperties] = []
    for matched in combinations where isOpen || !matched.isEmpty {
      let texts = Set(matched.map { patterns[$0].text })
      guard let schemas = schemas(ofOthers: texts, branch) else { continue }
      guard let own = try self.texts(matching: matched, of: patterns) else { continue }
      let keys = try base.intersection(own, isMinimal: false)
      if keys.isEmpty { continue }
      result.append(.init(keys: .matching(keys), rule: try rule(for: schemas)))
    }
    return result
  }

  /// The texts that match just these of some expressions; nil where there are none.
  private mutating func texts(
    matching matched: [Int], of patterns: [KeyPattern]
  ) throws(ConstraintError) -> ScalarDFA? {
    let key = patterns.indices.map { (matched.contains($0) ? "=" : "!") + patterns[$0].text }
    if let known = matchingTexts[key] { return known }
    var texts: ScalarDFA?
    for (index, pattern) in patterns.enumerated() {
      let own = matched.contains(index) ? pattern.inner : pattern.outside
      texts = if let known = texts { try known.intersection(own) } else { own }
      if texts!.isEmpty { break }
    }
    if texts == nil { texts = try ScalarDFA(ScalarAutomaton(.anything, place: field)) }
    let found = texts!.isEmpty ? nil : texts
    matchingTexts[key] = .some(found)
    return found
  }

  private func schemas(ofOthers matched: Set<String>, _ branch: SchemaBranch) -> ConjunctSet? {
    var schemas: [Conjunct] = []
    var evaluated: Set<Int32> = []
    for part in branch.objectParts {
      let own = part.patterns.filter { matched.contains($0.expression.text) }.map(\.schema)
      schemas += own
      if own.isEmpty, let additional = part.additional { schemas.append(additional) }
      if !own.isEmpty || part.additional != nil { evaluated.formUnion(part.origin.evaluators) }
    }
    for rest in branch.unevaluatedProperties where !evaluated.contains(rest.owner) {
      schemas.append(rest.schema)
    }
    return schemas.contains(where: isNever) ? nil : set(schemas)
  }

  /// The names that `propertyNames` leaves; nil where there are none.
  private mutating func texts(ofNames schemas: ConjunctSet) throws(ConstraintError) -> ScalarDFA? {
    var union: ScalarDFA?
    for branch in try branches(of: schemas) where branch.emptiness == nil {
      guard branch.types?.contains(.string) ?? true else { continue }
      var text: ScalarDFA
      if let constants = branch.constants {
        var names: [String] = []
        for value in constants where try admits(branch, value) {
          if let name = value.text { names.append(name) }
        }
        if names.isEmpty { continue }
        text = try ScalarDFA(ScalarAutomaton(.alternatives(names.map(RegexNode.literal)), place: field))
      } else {
        let own = try stringAutomaton(branch)
        text = if let own { own } else { try ScalarDFA(ScalarAutomaton(.anything, place: field)) }
        text = try text.limited(minimum: branch.minLength, maximum: greatestLength(branch))
      }
      union = if let known = union { try known.union(text) } else { text }
    }
    return union
  }
}
