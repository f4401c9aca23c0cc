import QuireExpressions
import QuireJSON

/// The rules of JSON itself, each made once when it is first asked for.
///
/// White space: one space may stand behind each ':' and ',' and none elsewhere, so that no answer wanders off in it;
/// unless an expression says what stands between all parts.
struct JSONRules {
  enum Basic: Hashable {
    case any, object, array, string, number, integer, boolean, null
    /// Numbers that are no integers.
    case fraction
    /// A character of a string that takes more than one byte, for counted strings.
    case longCharacter
  }

  var network: RuleNetwork
  private var made: [Basic: Int32] = [:]
  /// Rules of one character that takes more than one byte.
  var characters: [ScalarSet: Int32] = [:]

  /// What white space is, where it is not the usual one.
  let spacing: ScalarAutomaton?

  init(field: String, space: ScalarAutomaton? = nil) {
    network = RuleNetwork(field: field)
    spacing = space
  }

  /// The rule of a kind of value without constraints.
  mutating func rule(_ basic: Basic) throws(ConstraintError) -> Int32 {
    if let known = made[basic] { return known }
    let rule = try network.addRule()
    made[basic] = rule
    let (start, accept) = (network.rules[Int(rule)].start, network.rules[Int(rule)].accept)
    switch basic {
    case .any:
      for kind in [Basic.object, .array, .string, .number, .boolean, .null] {
        network.addCall(start, rule: try self.rule(kind), accept)
      }
    case .object:
      let keys = try ScalarAutomaton.allTexts(except: [], of: JSONSpelling.unescaped, place: network.field)
      try addObject(rule, [], others: [OtherProperties(keys: .free(keys), rule: try self.rule(.any))])
    case .array:
      try addArray(rule, prefix: [], items: try self.rule(.any), minimum: 0, maximum: nil)
    case .string: try addString(rule, minimum: 0, maximum: nil)
    // At most 18 digits, so that integers fit in 64 bits, and a finite double whatever the exponent of two digits.
    case .number: try addExpression(rule, "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?([eE][+\\-]?[0-9]{1,2})?")
    case .integer: try addExpression(rule, "0|-?[1-9][0-9]{0,17}")
    case .fraction: try addExpression(rule, "-?(0|[1-9][0-9]{0,8})\\.[0-9]{0,5}[1-9]")
    case .boolean: try addExpression(rule, "true|false")
    case .null: try addExpression(rule, "null")
    case .longCharacter: try addLongCharacter(from: start, to: accept)
    }
    return rule
  }

  private mutating func addExpression(_ rule: Int32, _ text: String) throws(ConstraintError) {
    let node = try RegexParser.parse(text, place: network.field).fullMatch
    let ends = network.rules[Int(rule)]
    try network.addAutomaton(
      ScalarAutomaton(node, place: network.field), .plain, from: ends.start, to: ends.accept)
  }

  /// One value as it is, from `source` on: a text of `enum` or `const`.
  mutating func addValue(_ value: JSONValue, from source: Int32) throws(ConstraintError) -> Int32 {
    switch value {
    case .null: return try network.addLiteral("null".utf8, from: source)
    case .bool(let value): return try network.addLiteral("\(value)".utf8, from: source)
    case .integer(let value): return try network.addLiteral("\(value)".utf8, from: source)
    case .wideInteger(let digits): return try network.addLiteral(digits.utf8, from: source)
    case .number(let value): return try network.addLiteral("\(value)".utf8, from: source)
    case .string(let utf8): return try network.addLiteral(JSONSpelling.string(utf8), from: source)
    case .array(let elements):
      var current = try network.addLiteral("[".utf8, from: source)
      for (index, element) in elements.enumerated() {
        current =
          index > 0 ? try addSeparator(UInt8(ascii: ","), from: current) : try addSpace(from: current)
        current = try addValue(element, from: current)
      }
      return try network.addLiteral("]".utf8, from: try addSpace(from: current))
    case .object(let members):
      var current = try network.addLiteral("{".utf8, from: source)
      for (index, member) in members.enumerated() {
        current =
          index > 0 ? try addSeparator(UInt8(ascii: ","), from: current) : try addSpace(from: current)
        current = try network.addLiteral(JSONSpelling.string(member.key), from: current)
        current = try addSeparator(UInt8(ascii: ":"), from: current)
        current = try addValue(member.value, from: current)
      }
      return try network.addLiteral("}".utf8, from: try addSpace(from: current))
    }
  }
}
