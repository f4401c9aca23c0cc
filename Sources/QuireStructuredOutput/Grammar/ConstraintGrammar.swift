import QuireJSON
import QuireRequests

/// A constraint as a network of rules.
struct ConstraintGrammar {
  let network: RuleNetwork
  let root: Int32
  /// Whether it is such as ``NetworkNormaliser`` makes.
  let isInNormalForm: Bool
  /// Why nothing satisfies it, where nothing does.
  private(set) var emptiness: ConstraintError?

  init(_ constraint: OutputConstraint) throws(ConstraintError) {
    let field = constraint.field
    isInNormalForm =
      switch constraint {
      case .grammar, .structuralTag: false
      default: true
      }
    switch constraint {
    case .choice(let texts):
      var network = RuleNetwork(field: field)
      root = try Self.addChoice(texts, to: &network)
      self.network = network
    case .regex(let text):
      var network = RuleNetwork(field: field)
      root = try network.addRule()
      let rule = network.rules[Int(root)]
      try network.addAutomaton(
        RegexAutomata.fullMatch(text, place: field), .plain, from: rule.start, to: rule.accept)
      self.network = network
    case .jsonObject:
      var rules = JSONRules(field: field)
      root = try rules.rule(.object)
      network = rules.network
    case .jsonSchema(let text):
      var compiler = try SchemaCompiler(text, field: field)
      root = try compiler.compile()
      network = compiler.rules.network
      emptiness = compiler.emptiness
    case .spacedJSON(let schema, let whitespace):
      let space = try JSONRules.space(whitespace, place: "whitespace_pattern")
      if let schema {
        var compiler = try SchemaCompiler(schema, field: field, space: space)
        root = try compiler.compile()
        network = compiler.rules.network
        emptiness = compiler.emptiness
      } else {
        var rules = JSONRules(field: field, space: space)
        root = try rules.rule(.object)
        network = rules.network
      }
    case .grammar(let text): (network, root) = try GrammarDialect.network(text, field: field)
    case .structuralTag(let text):
      (network, root) = try StructuralTagCompiler.network(text, field: field)
    }
  }

  private static func addChoice(
    _ texts: [String], to network: inout RuleNetwork
  ) throws(ConstraintError) -> Int32 {
    guard !texts.isEmpty else {
      throw ConstraintError(.malformed, "choice", found: "an empty list", expected: "at least one text")
    }
    guard texts.count <= ConstraintLimits.choiceCount else {
      throw .limit("choice", "\(texts.count) texts", atMost: ConstraintLimits.choiceCount, "texts")
    }
    let byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    guard byteCount <= ConstraintLimits.textByteCount / 2 else {
      throw .limit("choice", "\(byteCount) bytes", atMost: ConstraintLimits.textByteCount / 2, "bytes")
    }
    let root = try network.addRule()
    let rule = network.rules[Int(root)]
    for (index, text) in texts.enumerated() {
      guard !text.isEmpty else {
        throw ConstraintError(.malformed, "choice[\(index)]", found: "an empty text", expected: "a text")
      }
      let end = try network.addLiteral(text.utf8, from: rule.start)
      network.addEpsilon(end, rule.accept)
    }
    return root
  }
}
