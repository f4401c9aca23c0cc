/// A grammar as a recursive transition network (Woods, CACM 1970) over bytes: each rule is a nondeterministic automaton
/// whose edges read bytes or call rules.
///
/// Nodes are numbers; each rule has one start and one accepting node, which nothing leaves. Rules are never
/// empty texts, but for the one that the answer begins with; those of grammars only once ``NetworkNormaliser`` is done.
struct RuleNetwork {
  struct ByteEdge {
    let bytes: ClosedRange<UInt8>
    let target: Int32
  }
  /// Reads what the rule accepts, then goes on at the target.
  struct Call: Hashable {
    let rule: Int32
    let target: Int32
  }
  struct Rule {
    let start: Int32
    let accept: Int32
  }

  /// How the characters of a text are spelled.
  enum Spelling {
    /// Each character is spelled as its UTF-8.
    case plain
    /// UTF-8 inside a JSON string, each character in one spelling: quotes, backslashes and control characters escaped.
    case json
  }

  private(set) var nodeCount = 0
  /// For each node, the nodes that are reached from it without reading, by a byte, and by what a rule accepts.
  private(set) var epsilons = Chains<Int32>()
  private(set) var edges = Chains<ByteEdge>()
  private(set) var calls = Chains<Call>()
  private(set) var rules: [Rule] = []
  /// What errors name.
  let field: String

  init(field: String) { self.field = field }

  mutating func addNode() throws(ConstraintError) -> Int32 {
    guard nodeCount < ConstraintLimits.nodeCount else {
      throw .limit(
        field, "a grammar that takes more states", atMost: ConstraintLimits.nodeCount, "(counts multiply)")
    }
    nodeCount += 1
    epsilons.addList()
    edges.addList()
    calls.addList()
    return Int32(nodeCount - 1)
  }

  mutating func addRule() throws(ConstraintError) -> Int32 {
    try addRule(start: try addNode(), accept: try addNode())
    return Int32(rules.count - 1)
  }

  /// A rule of nodes that stand there already.
  mutating func addRule(start: Int32, accept: Int32) throws(ConstraintError) {
    guard rules.count < ConstraintLimits.ruleCount else {
      throw .limit(field, "more rules", atMost: ConstraintLimits.ruleCount, "schemas")
    }
    rules.append(Rule(start: start, accept: accept))
  }

  mutating func addEpsilon(_ source: Int32, _ target: Int32) { epsilons.append(target, to: source) }

  mutating func addEdge(_ source: Int32, _ bytes: ClosedRange<UInt8>, _ target: Int32) {
    edges.append(ByteEdge(bytes: bytes, target: target), to: source)
  }

  mutating func addCall(_ source: Int32, rule: Int32, _ target: Int32) {
    calls.append(Call(rule: rule, target: target), to: source)
  }

  /// The nodes of `rule` once more, ending at `target` instead of its accepting node; the copy's start.
  mutating func addCopy(of rule: Int32, endingAt target: Int32) throws(ConstraintError) -> Int32 {
    let original = rules[Int(rule)]
    var copies = [original.accept: target]
    let start = try addNode()
    copies[original.start] = start
    var pending = [original.start]
    while let source = pending.popLast() {
      let copy = copies[source]!
      func copied(_ node: Int32) throws(ConstraintError) -> Int32 {
        if let known = copies[node] { return known }
        let new = try addNode()
        copies[node] = new
        pending.append(node)
        return new
      }
      for next in Array(epsilons[source]) { addEpsilon(copy, try copied(next)) }
      for edge in Array(edges[source]) { addEdge(copy, edge.bytes, try copied(edge.target)) }
      for call in Array(calls[source]) { addCall(copy, rule: call.rule, try copied(call.target)) }
    }
    return start
  }
}
