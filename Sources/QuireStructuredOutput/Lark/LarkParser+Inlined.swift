import QuireExpressions
import QuireJSON

extension LarkParser {
  /// Passes the `%json` or `%regex` that begins here.
  mutating func inlined() throws(ConstraintError) -> GrammarExpression {
    let start = text.position
    text.position += 1
    let word = text.take { $0.isASCII && $0.properties.isAlphabetic }
    skipBlanks()
    switch word {
    case "json":
      guard !isInTerminal else { throw text.unsupported("%json in a terminal", "it in a rule", at: start) }
      var writer = JSONWriter()
      writer.value(try json())
      var compiler = try SchemaCompiler(writer.text, field: text.place(of: start))
      let root = try compiler.compile()
      return .sequence([.network(compiler.rules.network, root: root), .rule(ignoredRule)])
    case "regex":
      let part = try substring(at: start)
      return isInTerminal ? part : .sequence([part, .rule(ignoredRule)])
    default: throw text.unsupported("'%\(word)'", "%json and %regex", at: start)
    }
  }

  /// Passes the JSON object that begins here.
  mutating func json() throws(ConstraintError) -> JSONValue {
    let start = text.position
    guard text.peek == "{" else { throw text.malformed(text.found, "a JSON object") }
    var level = 0
    var isInString = false
    repeat {
      switch text.peek {
      case nil: throw text.malformed("'{' without its '}'", "a JSON object", at: start)
      case "\"": isInString.toggle()
      case "\\" where isInString: text.position += 1
      case "{" where !isInString: level += 1
      case "}" where !isInString: level -= 1
      default: break
      }
      text.position += 1
    } while level > 0
    do {
      return try JSONValue(parsing: Array(text.text(from: start).utf8), repeatedKeys: .refused)
    } catch {
      throw text.malformed("\(error.found) at byte \(error.offset + 1)", error.expected ?? "JSON", at: start)
    }
  }

  /// Neighbouring ones of some texts, in their order.
  private mutating func substring(at start: Int) throws(ConstraintError) -> GrammarExpression {
    guard case .object(let members) = try json(), members.count == 1 else {
      throw text.malformed("no object of one member", "{\"substring_chunks\": […]}", at: start)
    }
    let chunks: [String]
    switch (members[0].name, members[0].value) {
    case ("substring_chunks", .array(let values)) where values.allSatisfy({ $0.text != nil }):
      chunks = values.map { $0.text! }
    case ("substring_chars", .string(let utf8)):
      chunks = String(decoding: utf8, as: UTF8.self).unicodeScalars.map { String($0) }
    default:
      throw text.unsupported(
        "%regex with \(members[0].name.prefix(60))", "substring_chunks and substring_chars", at: start)
    }
    var builder = ScalarAutomatonBuilder(place: text.place(of: start))
    let first = try builder.addState()
    var current = try builder.addState()
    let last = try builder.addState()
    builder.addEpsilon(first, current)
    builder.addEpsilon(current, last)
    for chunk in chunks {
      for scalar in chunk.unicodeScalars {
        let next = try builder.addState()
        builder.addEdge(current, .init(scalar), next)
        current = next
      }
      builder.addEpsilon(first, current)
      builder.addEpsilon(current, last)
    }
    return .automaton(builder.automaton(start: first, accept: last))
  }

  /// What stands in brackets behind the name of a rule.
  struct RuleOptions {
    var isLazy = false
    var suffix: GrammarExpression?
  }

  mutating func ruleOptions() throws(ConstraintError) -> RuleOptions {
    var options = RuleOptions()
    guard text.consume("[") else { return options }
    repeat {
      skipBlanks()
      let start = text.position
      let word = text.take { $0.isASCII && $0.properties.isAlphabetic || $0 == "_" }
      skipBlanks()
      switch word {
      case "lazy": options.isLazy = true
      case "capture", "stop_capture":
        // What a program reads out of a text, not which texts there are.
        if text.consume("=") {
          skipBlanks()
          guard text.peek == "\"" else { throw text.malformed(text.found, "a text in quotes") }
          _ = try quoted()
        }
      case "suffix", "stop":
        guard text.consume("=") else { throw text.malformed(text.found, "'='") }
        skipBlanks()
        guard text.peek == "\"" else { throw text.unsupported(text.found, "a text in quotes") }
        let suffix = try quoted()
        guard !suffix.isEmpty else {
          throw text.unsupported("an empty \(word)", "a text that is not empty", at: start)
        }
        options.isLazy = true
        options.suffix = .literal(Array(suffix.utf8))
      default:
        throw text.unsupported("the option \(word.prefix(60))", "lazy, suffix, stop and capture", at: start)
      }
      skipBlanks()
    } while text.consume(",")
    guard text.consume("]") else { throw text.malformed(text.found, "']'") }
    return options
  }
}

extension GrammarExpression {
  /// The rules that stand in it.
  var rules: [Int] {
    switch self {
    case .empty, .literal, .scalars, .automaton, .network: []
    case .rule(let rule): [rule]
    case .sequence(let parts), .alternatives(let parts), .combined(_, let parts): parts.flatMap(\.rules)
    case .repeated(let part, _, _): part.rules
    }
  }
}
