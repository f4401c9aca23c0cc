import QuireJSON

extension SchemaCompiler {
  /// Values of an array of different ones that are told apart in any order; more stand in the order of the schema.
  private static let unorderedCount = 7

  /// Fills the rule of a branch's arrays.
  mutating func addArray(_ rule: Int32, _ branch: SchemaBranch) throws(ConstraintError) {
    var minimum = branch.minItems
    var maximum = branch.maxItems
    if branch.excluded.contains(.array([])) { minimum = max(minimum, 1) }
    guard minimum <= ConstraintLimits.repetitionCount else {
      throw .limit(
        "\(field) at \(branch.path)/minItems", "\(minimum)", atMost: ConstraintLimits.repetitionCount,
        "(each is a state)")
    }
    let prefixCount = max(
      branch.arrayParts.reduce(0) { max($0, $1.prefix.count) },
      branch.elements.reduce(0) { max($0, $1.index + 1) })
    var prefix: [ConjunctSet] = []
    for index in 0..<prefixCount {
      guard let schemas = element(index, branch) else {
        maximum = min(maximum ?? index, index)
        break
      }
      prefix.append(schemas)
    }
    let rest = element(nil, branch)
    if rest == nil { maximum = min(maximum ?? prefix.count, prefix.count) }
    maximum = maximum.map { max(min($0, ConstraintLimits.greatestCount), minimum) }
    if let maximum, maximum < minimum {
      return note(
        error(
          .unsatisfiable, branch.path + "/minItems", "\(minimum), more than there may be",
          "at most \(maximum)"))
    }
    let contained = branch.contained.filter { $0.least > 0 || $0.most != nil }
    if branch.isUnique, maximum ?? .max > 1 {
      guard contained.isEmpty, prefix.isEmpty, let rest else {
        return try addSingle(rule, branch, minimum, prefix.first ?? rest ?? ConjunctSet(), contained)
      }
      if let values = try constants(of: rest) {
        return try addDifferent(rule, values, minimum, maximum ?? .max, branch)
      }
      return try addSingle(rule, branch, minimum, rest, [])
    }
    if let only = contained.first {
      return try addContaining(rule, branch, only, contained, prefix, rest, minimum, maximum)
    }
    var items: Int32?
    if let rest, maximum.map({ $0 > prefix.count }) ?? true { items = try self.rule(for: rest) }
    var rules: [Int32] = []
    for schemas in prefix.prefix(maximum ?? .max) { rules.append(try self.rule(for: schemas)) }
    try self.rules.addArray(rule, prefix: rules, items: items, minimum: minimum, maximum: maximum)
  }

  /// What the element of that number must satisfy, or each behind the first ones; nil where there is none.
  func element(_ index: Int?, _ branch: SchemaBranch) -> ConjunctSet? {
    var schemas: [Conjunct] = []
    var evaluated: Set<Int32> = []
    for part in branch.arrayParts {
      if let index, index < part.prefix.count {
        schemas.append(part.prefix[index])
        evaluated.formUnion(part.origin.evaluators)
      } else if let rest = part.rest {
        schemas.append(rest)
        evaluated.formUnion(part.origin.evaluators)
      }
    }
    for element in branch.elements where element.index == index { schemas.append(element.schema) }
    for rest in branch.unevaluatedItems where !evaluated.contains(rest.owner) { schemas.append(rest.schema) }
    return schemas.contains(where: isNever) ? nil : set(schemas)
  }

  /// Arrays of at most one element: what has been written is not remembered.
  private mutating func addSingle(
    _ rule: Int32, _ branch: SchemaBranch, _ minimum: Int, _ element: ConjunctSet,
    _ contained: [SchemaBranch.Contained]
  ) throws(ConstraintError) {
    guard minimum <= 1, contained.allSatisfy({ $0.least <= 1 && $0.most ?? 1 >= 1 }) else {
      throw error(
        .unsupported, branch.path + "/uniqueItems", "true for \(minimum) values that are not listed",
        "false, or items of enum or const: what has been written is not remembered")
    }
    var schemas = element
    for other in contained where other.least > 0 { schemas.formUnion(set([other.schema])) }
    let least = contained.contains { $0.least > 0 } ? 1 : minimum
    try rules.addArray(rule, prefix: [try self.rule(for: schemas)], items: nil, minimum: least, maximum: 1)
  }

  /// The values that a schema admits where it lists them all, each once.
  private mutating func constants(of schemas: ConjunctSet) throws(ConstraintError) -> [JSONValue]? {
    var values: [JSONValue] = []
    for branch in try branches(of: schemas) where branch.emptiness == nil {
      var own = branch.constants
      if own == nil, let types = branch.types, types.isSubset(of: [.boolean, .null]) {
        own =
          (types.contains(.boolean) ? [.bool(true), .bool(false)] : [])
          + (types.contains(.null) ? [.null] : [])
      }
      guard let own else { return nil }
      for value in own where try admits(branch, value) && !values.contains(where: { $0.isEqual(to: value) }) {
        values.append(value)
      }
    }
    return values
  }

  /// Arrays of different values of a list.
  private mutating func addDifferent(
    _ rule: Int32, _ values: [JSONValue], _ minimum: Int, _ maximum: Int, _ branch: SchemaBranch
  ) throws(ConstraintError) {
    guard minimum <= values.count else {
      return note(
        error(
          .unsatisfiable, branch.path + "/minItems", "\(minimum) different values", "at most \(values.count)")
      )
    }
    if values.count <= Self.unorderedCount {
      try rules.addSubsets(rule, values, minimum: minimum, maximum: min(maximum, values.count))
    } else {
      try rules.addSubsequences(rule, values, minimum: minimum, maximum: min(maximum, values.count))
    }
  }

  /// Arrays in which some elements satisfy a schema besides.
  private mutating func addContaining(
    _ rule: Int32, _ branch: SchemaBranch, _ only: SchemaBranch.Contained, _ all: [SchemaBranch.Contained],
    _ prefix: [ConjunctSet], _ rest: ConjunctSet?, _ minimum: Int, _ maximum: Int?
  ) throws(ConstraintError) {
    let other = all.dropFirst().first
    guard other == nil, only.least <= 64, only.most ?? 0 <= 64 else {
      throw error(
        .unsupported, branch.path + "/contains", other == nil ? "a count above 64" : "two of them at once",
        "one contains with counts of at most 64")
    }
    var plain: [Int32] = []
    var counted: [Int32] = []
    let elements = prefix + (rest.map { [$0] } ?? [])
    for element in elements {
      var with = element
      with.formUnion(set([only.schema]))
      counted.append(try self.rule(for: with))
      var without = element
      // With an upper bound all others must not satisfy it.
      if only.most != nil { without.insert(only.schema.negated) }
      plain.append(try self.rule(for: without))
    }
    try rules.addCountedArray(
      rule, plain: plain, counted: counted, hasRest: rest != nil, minimum: minimum, maximum: maximum,
      least: only.least, most: only.most)
  }
}
