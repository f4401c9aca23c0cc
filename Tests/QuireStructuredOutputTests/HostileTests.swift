import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireStructuredOutput

/// Constraints that would cost too much, or are noise: errors, never crashes, hangs or large allocations.
struct HostileTests {
  private static func nested(_ open: String, _ close: String, _ count: Int, _ inner: String) -> String {
    String(repeating: open, count: count) + inner + String(repeating: close, count: count)
  }

  /// 10,000 characters of which none is the next one of another.
  private static let scattered = String(
    String.UnicodeScalarView((0..<10_000).map { Unicode.Scalar(UInt32(0x4E00 + 2 * $0))! }))

  static let tooLarge: [OutputConstraint] = [
    .regex("a{1000000}"), .regex("a{99999999999999999999}"), .regex("((a{1000}){1000}){1000}"),
    .regex("((((){9999}){9999}){9999}){9999}"), .regex("(a|b)*a(a|b){20}"), .regex("(.*a){12}.{60}b.{60}c"),
    .regex(nested("(", ")", 1000, "a")), .regex(String(repeating: "a", count: 300_000)),
    .regex("(\\w{1,16000}){0,16000}"),
    .jsonSchema(nested(#"{"type":"array","items":"#, "}", 1000, "{}")),
    .jsonSchema(nested(#"{"type":"array","minItems":16000,"items":"#, "}", 4, "{}")),
    .jsonSchema(#"{"type":"string","minLength":1000000000}"#),
    .jsonSchema(#"{"type":"array","minItems":1e14}"#),
    .jsonSchema(#"{"type":"string","pattern":"(a|b)*a(a|b){20}"}"#),
    .jsonSchema(#"{"enum":[""# + String(repeating: "x", count: 300_000) + #""]}"#),
    .jsonSchema(
      "{" + #""properties":{"# + (0..<9000).map { "\"p\($0)\":{\"minLength\":\($0)}" }.joined(separator: ",")
        + "}}"),
    .jsonSchema(
      ##"{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"properties":{"x":{"$ref":"#/$defs/a"},"y":{"type":"null"}}},"b":{"properties":{"x":{"$ref":"#/$defs/b"},"z":{"type":"null"}}}}}"##
    ),
    .jsonSchema(
      #"{"type":"string","maxLength":16384,"pattern":"^["# + scattered + #"]{0,16384}$"}"#),
    .jsonSchema(
      #"{"type":"object","allOf":["#
        + (0..<12).map { #"{"anyOf":[{"required":["a\#($0)"]},{"required":["b\#($0)"]}]}"# }
        .joined(separator: ",") + "]}"),
    .jsonSchema(#"{"patternProperties":{"(a|b)*a(a|b){16}":{}}}"#),
    .jsonSchema(#"{"type":"string","pattern":"((?!a.{30}b).)*((?=.{40}c)x)*"}"#),
    .choice(Array(repeating: "a", count: 5000)), .choice([String(repeating: "a", count: 200_000)]),
  ]

  @Test("what would take too much names its limit", arguments: tooLarge)
  func limits(constraint: OutputConstraint) throws {
    let error = try #require(throws: ConstraintError.self) { try CompiledConstraint(constraint) }
    #expect(error.kind == .limit || error.kind == .malformed, "\(error)")
    #expect(error.description.utf8.count < 600)
  }

  @Test("a class of many characters costs as much as it is long")
  func scatteredClass() throws {
    let compiled = try CompiledConstraint(.regex("[\(Self.scattered)]"))
    #expect(compiled.accepts("\u{4E00}") && compiled.accepts("\u{4E02}") && !compiled.accepts("\u{4E01}"))
  }

  @Test("alternatives with many constants are told apart by looking each of them up")
  func manyConstants() throws {
    func schema(_ constants: [[Int]]) -> OutputConstraint {
      .jsonSchema(#"{"oneOf":["# + constants.map { #"{"enum":\#($0)}"# }.joined(separator: ",") + "]}")
    }
    let constants = (0..<90).map { first in (0..<60).map { 100 * $0 + first } }
    #expect(try CompiledConstraint(schema(constants)).accepts("5989"))
    let overlapping = try CompiledConstraint(schema(constants.dropLast() + [[9999, 5988]]))
    #expect(overlapping.accepts("9999") && !overlapping.accepts("5988"))
  }

  @Test("counts that multiply stay within what an answer may need")
  func multiplied() throws {
    let schema = Self.nested(#"{"type":"array","minItems":100,"items":"#, "}", 5, "{}")
    let error = try #require(throws: ConstraintError.self) { try CompiledConstraint(.jsonSchema(schema)) }
    #expect(error.kind == .unsatisfiable)
  }

  private static let regexPieces = [
    "a", "b", "é", ".", "\\d", "\\w", "\\s", "\\S", "[a-z]", "[^a]", "[", "]", "(", ")", "(?:", "(?P<n>",
    "(?=", "(?!", "\\b", "|", "*", "+", "?",
    "{2}", "{1,3}", "{0,}", "{,2}", "{", "}", "^", "$", "\\", "\\1", "\\b", "\\u00e9", "\\x4", "-", "日",
    "{200}", "(.*x){3}",
  ]

  @Test("noise in regular expressions is taken or refused", arguments: 0..<8)
  func noisyRegexes(seed: Int) {
    var random = TestRandom(seed: UInt64(seed))
    var taken = 0
    for _ in 0..<200 {
      let text = (0...random.below(12)).map { _ in random.pick(Self.regexPieces) }.joined()
      do throws(ConstraintError) {
        let compiled = try CompiledConstraint(.regex(text), vocabulary: Vocabularies.mixed)
        taken += 1
        let budget = max(compiled.shortestCompletion, 1)
        let answer = compiled.randomAnswer(
          &random, budget: budget, end: Vocabularies.mixedEnd, bytes: { Vocabularies.mixedTokens[Int($0)] })
        #expect(answer != nil, "\(text)")
      } catch { #expect(!error.found.isEmpty && !error.expected.isEmpty) }
    }
    #expect(taken > 10)
  }

  private static let words = [
    "type", "properties", "items", "required", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "$defs",
    "minLength",
    "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "multipleOf", "minItems",
    "maxItems",
    "prefixItems", "additionalProperties", "not", "title", "uniqueItems", "minProperties", "maxProperties",
    "if",
    "then", "else", "patternProperties", "propertyNames", "contains", "additionalItems", "dependencies",
    "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "extends", "disallow",
  ]

  private static func noise(_ random: inout TestRandom, _ depth: Int) -> String {
    switch random.below(depth > 4 ? 8 : 14) {
    case 0:
      return random.pick([
        "0", "1", "-3", "2.5", "1e300", "1e-300", "9223372036854775807", "17", "99999",
        "9223372036854775808.5",
        "-9223372036854775808", "184467440737095516160000", "0.0001", "1e-9", "1.7976931348623157e308",
        "5e-324",
        "99999999999999999", "0.00012345678901234567", "1e6", "12345.6789",
      ])
    case 1:
      return "\""
        + random.pick([
          "string", "object", "array", "integer", "number", "null", "date", "a+", "(", "#", "#/$defs/a",
        ]) + "\""
    case 2: return random.pick(["true", "false", "null", "{}", "[]"])
    case 3: return #"{"type":"string"}"#
    case 4: return ##"{"$ref":"#"}"##
    case 5: return #"{"type":"integer"}"#
    case 6: return #"["a","b"]"#
    case 7: return #"{"a":{"type":"object"},"b":{"type":"array"}}"#
    case 8, 9:
      return "[" + (0..<random.below(4)).map { _ in noise(&random, depth + 1) }.joined(separator: ",") + "]"
    default:
      var names = Set((0..<random.below(4)).map { _ in random.pick(words) })
      if random.below(8) == 0 { names.insert("a") }
      return "{" + names.sorted().map { "\"\($0)\":" + noise(&random, depth + 1) }.joined(separator: ",")
        + "}"
    }
  }

  private static let numbers = [
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
    "9223372036854775808.5", "1e18", "1e19", "999999999999999999", "99999999999999999e2",
    "12345678901234567e6",
    "99999999999999999e-4", "12345678901234567e-9", "1e308", "5e-324", "0.0001", "1e-9", "-0.0", "1e6", "3",
  ]

  @Test("wide numbers are taken or refused in every keyword of numbers", arguments: numbers)
  func wideNumbers(number: String) {
    let numeric = [
      "multipleOf", "divisibleBy", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const",
    ]
    let keywords = [
      "integer": numeric, "number": numeric, "string": ["minLength", "maxLength"],
      "array": ["minItems", "maxItems", "minContains"], "object": ["minProperties", "maxProperties"],
    ]
    var outcomes = 0
    for (type, keywords) in keywords {
      for keyword in keywords {
        for other in keywords where other != keyword {
          for second in [number, "2", "0.1"] {
            let text = #"{"type":"\#(type)","\#(keyword)":\#(number),"\#(other)":\#(second)}"#
            outcomes += 1
            do throws(ConstraintError) {
              let compiled = try CompiledConstraint(.jsonSchema(text), vocabulary: Vocabularies.mixed)
              #expect(compiled.shortestCompletion > 0, "\(text)")
            } catch { #expect(!error.found.isEmpty && !error.expected.isEmpty) }
          }
        }
      }
    }
    #expect(outcomes == 3 * (2 * 42 + 2 + 6 + 2))
  }

  private static func chain(_ count: Int, _ link: (String) -> String) -> String {
    let definitions = (0..<count).map { "\"a\($0)\":" + link("{\"$ref\":\"#/$defs/a\($0 + 1)\"}") }
    return "{\"$ref\":\"#/$defs/a0\",\"$defs\":{" + definitions.joined(separator: ",")
      + ",\"a\(count)\":{\"type\":\"integer\"}}}"
  }

  static let links: [(name: String, link: @Sendable (String) -> String)] = [
    ("allOf", { "{\"allOf\":[\($0)]}" }), ("anyOf", { "{\"anyOf\":[\($0)]}" }),
    ("oneOf", { "{\"oneOf\":[\($0)]}" }), ("not", { "{\"not\":{\"not\":\($0)}}" }),
    ("a keyword beside", { "{\"minimum\":0," + $0.dropFirst() }),
    ("if", { "{\"if\":\($0),\"else\":{\"type\":\"integer\"}}" }),
    ("extends", { "{\"extends\":\($0)}" }), ("then", { "{\"if\":true,\"then\":\($0)}" }),
    ("dependencies", { "{\"type\":\"object\",\"dependentSchemas\":{\"x\":\($0)}}" }),
  ]

  @Test("schemas that lead on and on, and hold together, are taken or refused", arguments: [20, 200, 5000])
  func chains(count: Int) throws {
    for (name, link) in Self.links {
      do throws(ConstraintError) {
        let compiled = try CompiledConstraint(
          .jsonSchema(Self.chain(count, link)), vocabulary: Vocabularies.bytes)
        #expect(compiled.accepts("12") || name == "dependencies")
      } catch {
        #expect(count > 20 || ["if", "dependencies"].contains(name), "\(name): \(error)")
        #expect(!error.found.isEmpty && !error.expected.isEmpty)
      }
    }
  }

  @Test("references that lead to a reference have no limit of their own")
  func references() throws {
    let compiled = try CompiledConstraint(
      .jsonSchema(Self.chain(1000) { $0 }), vocabulary: Vocabularies.bytes)
    #expect(compiled.accepts("12") && !compiled.accepts("true"))
  }

  @Test("noise in schemas is taken or refused", arguments: 0..<8)
  func noisySchemas(seed: Int) {
    var random = TestRandom(seed: UInt64(seed))
    for _ in 0..<500 {
      let text = Self.noise(&random, 0)
      do throws(ConstraintError) {
        let compiled = try CompiledConstraint(.jsonSchema(text), vocabulary: Vocabularies.mixed)
        let answer = compiled.randomAnswer(
          &random, budget: compiled.shortestCompletion, end: Vocabularies.mixedEnd,
          bytes: { Vocabularies.mixedTokens[Int($0)] })
        #expect(answer != nil, "\(text)")
        if let answer { AnswerFile.append(compiled.constraint, answer) }
      } catch { #expect(!error.found.isEmpty && !error.expected.isEmpty) }
    }
  }
}
