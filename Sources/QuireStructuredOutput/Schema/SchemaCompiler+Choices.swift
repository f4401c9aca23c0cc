import QuireJSON

extension SchemaCompiler {
  /// The branches that a choice makes of one, each with one alternative.
  mutating func alternatives(
    of choice: SchemaBranch.Choice, _ branch: SchemaBranch
  ) throws(ConstraintError) -> [SchemaBranch] {
    var ways: [SchemaBranch] = []
    switch choice.kind {
    case .any(let schemas):
      // One that holds anyway leaves no choice.
      if schemas.contains(where: { !$0.isNegated && document.nodes[Int($0.node)].isAny }) { return [branch] }
      for schema in schemas where !isNever(schema) {
        try add(branch, choice, [schema], to: &ways)
      }
    case .one(let schemas):
      for (index, schema) in schemas.enumerated() where !isNever(schema) {
        var conjuncts = [schema]
        for (other, second) in schemas.enumerated() where other != index && !isNever(second) {
          if !isDisjoint(schema, second) { conjuncts.append(second.negated) }
        }
        try add(branch, choice, conjuncts, to: &ways)
      }
    case .negation(let node): ways = try negations(of: node, choice, branch)
    case .conditional(let condition, let then, let otherwise):
      try add(branch, choice, [condition] + (then.map { [$0] } ?? []), to: &ways)
      try add(branch, choice, [condition.negated] + (otherwise.map { [$0] } ?? []), to: &ways)
    case .dependency(let name, let names, let schema):
      // What others than objects are is left as it is; of an object either it is not there or all the rest is.
      var without = branch
      without.add(property: name, never(), origin: .none)
      var with = branch
      with.restrict(.object)
      with.require(name)
      for name in names { with.require(name) }
      if let schema { try apply(schema, origin: choice.origin, to: &with) }
      if !branch.isRequired.contains(name) { ways.append(without) }
      ways.append(with)
    }
    if ways.isEmpty {
      var empty = branch
      empty.emptiness = error(
        .unsatisfiable, choice.path, "alternatives of which none can hold", "one that a value can satisfy")
      ways = [empty]
    }
    return ways
  }

  private mutating func add(
    _ branch: SchemaBranch, _ choice: SchemaBranch.Choice, _ schemas: [Conjunct],
    to ways: inout [SchemaBranch]
  ) throws(ConstraintError) {
    var way = branch
    for schema in schemas { try apply(schema, origin: choice.origin, to: &way) }
    ways.append(way)
  }

  // MARK: Schemas of which no value satisfies two

  /// Whether it is plain that no value satisfies both.
  mutating func isDisjoint(_ a: Conjunct, _ b: Conjunct) -> Bool {
    guard let first = traits(of: a), let second = traits(of: b) else { return false }
    return first.isDisjoint(with: second)
  }

  private mutating func traits(of schema: Conjunct) -> SchemaTraits? {
    if let known = traits[schema] { return known }
    var made: SchemaTraits?
    var branch = SchemaBranch(path: "")
    do throws(ConstraintError) {
      try apply(schema, origin: .none, to: &branch)
      var constants: [[UInt8]: ConstantSet] = [:]
      for name in branch.required {
        var value = SchemaBranch(path: "")
        for part in branch.objectParts {
          for property in part.properties where property.name == name {
            try apply(property.schema, origin: .none, to: &value)
          }
        }
        if let values = value.constants { constants[name] = ConstantSet(values) }
      }
      made = SchemaTraits(branch, constants)
    } catch {
      // What is wrong with it is said where it is compiled.
      made = nil
    }
    traits[schema] = .some(made)
    return made
  }
}
