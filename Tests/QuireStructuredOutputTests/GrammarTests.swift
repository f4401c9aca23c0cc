import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireStructuredOutput

/// Grammars against what can be counted: all texts of a length.
struct GrammarTests {
  /// A grammar over the letters a and b: for each rule its alternatives, each a list of letters and numbers of rules.
  private struct Grammar: CustomStringConvertible {
    enum Symbol {
      case letter(Character)
      case rule(Int)
    }
    var rules: [[[Symbol]]]

    var description: String {
      rules.enumerated().map { index, alternatives in
        let parts = alternatives.map { symbols in
          symbols.isEmpty
            ? "\"\""
            : symbols.map { symbol in
              switch symbol {
              case .letter(let letter): "\"\(letter)\""
              case .rule(let rule): Self.name(rule)
              }
            }.joined(separator: " ")
        }
        return "\(Self.name(index)) ::= \(parts.joined(separator: " | "))"
      }.joined(separator: "\n")
    }

    private static func name(_ rule: Int) -> String { rule == 0 ? "root" : "r\(rule)" }

    static func random(_ random: inout TestRandom) -> Grammar {
      let ruleCount = 1 + random.below(4)
      return Grammar(
        rules: (0..<ruleCount).map { _ in
          (0..<1 + random.below(3)).map { _ in
            (0..<random.below(4)).map { _ in
              switch random.below(5) {
              case 0, 1: .letter("a")
              case 2: .letter("b")
              default: .rule(random.below(ruleCount))
              }
            }
          }
        })
    }

    /// All texts of at most so many letters.
    func texts(atMost length: Int) -> Set<String> {
      var known = [Set<String>](repeating: [], count: rules.count)
      var isChanged = true
      while isChanged {
        isChanged = false
        for (index, alternatives) in rules.enumerated() {
          for symbols in alternatives {
            var texts: Set<String> = [""]
            for symbol in symbols {
              let next: Set<String> =
                switch symbol {
                case .letter(let letter): [String(letter)]
                case .rule(let rule): known[rule]
                }
              texts = Set(
                texts.flatMap { head in
                  next.filter { head.utf8.count + $0.utf8.count <= length }.map { head + $0 }
                })
            }
            if !texts.isSubset(of: known[index]) {
              known[index].formUnion(texts)
              isChanged = true
            }
          }
        }
      }
      return known[0]
    }
  }

  private static func allTexts(_ length: Int) -> [String] {
    var all = [""]
    var last = [""]
    for _ in 0..<length {
      last = last.flatMap { [$0 + "a", $0 + "b"] }
      all += last
    }
    return all
  }

  @Test("a random grammar accepts its texts and no others, and each beginning of one can be completed")
  func randomGrammars() throws {
    let texts = Self.allTexts(6)
    var (parallelCount, madeCount) = (0, 0)
    for seed in 0..<300 {
      var random = TestRandom(seed: UInt64(seed))
      let grammar = Grammar.random(&random)
      let expected = grammar.texts(atMost: 6)
      let compiled: CompiledConstraint
      do throws(ConstraintError) {
        compiled = try CompiledConstraint(.grammar("\(grammar)"), vocabulary: Vocabularies.bytes)
      } catch {
        // Random rules may have no text at all, or none but longer ones.
        #expect(error.kind == .unsatisfiable && expected.isEmpty, "\(grammar)\n\(error)")
        continue
      }
      madeCount += 1
      if compiled.isParallel { parallelCount += 1 }
      for text in texts {
        #expect(compiled.accepts(text) == expected.contains(text), "\(grammar) on \(text)")
      }
      let beginnings = Set(expected.flatMap { text in (0...text.count).map { String(text.prefix($0)) } })
      for beginning in beginnings {
        var state = compiled.start
        #expect(
          beginning.utf8.allSatisfy { compiled.advance(&state, by: Int32($0)) }, "\(grammar) on \(beginning)")
        #expect(state.distance == compiled.distance(state))
      }
      // Whatever is read can be completed in as many tokens as it says.
      for walk in 0..<4 {
        var random = TestRandom(seed: UInt64(walk))
        let budget = max(1, compiled.shortestCompletion + random.below(12))
        let answer = compiled.randomAnswer(
          &random, budget: budget, end: Vocabularies.bytesEnd, bytes: { [UInt8($0)] })
        #expect(answer.map { compiled.accepts($0) } == true, "\(grammar)")
      }
    }
    #expect(parallelCount > 40 && madeCount - parallelCount > 40)
  }

  @Test("rules without texts and rules that nobody calls change nothing")
  func uselessRules() throws {
    let compiled = try CompiledConstraint(
      .grammar("root ::= \"a\" | never \"b\"\nnever ::= never \"x\"\nalone ::= \"c\""))
    #expect(compiled.accepts("a") && !compiled.accepts("b") && !compiled.accepts("c"))
    #expect(throws: ConstraintError.self) { try CompiledConstraint(.grammar("root ::= root \"x\"")) }
  }

  @Test("deep nesting is read and closed, and the ways of a text stay few")
  func depth() throws {
    let compiled = try CompiledConstraint(.grammar("root ::= \"(\" root \")\" root | \"\""))
    let text = String(repeating: "(", count: 500) + String(repeating: ")", count: 500)
    #expect(
      compiled.accepts(text) && !compiled.accepts(String(text.dropLast())) && compiled.accepts(text + text))
    let sums = try CompiledConstraint(.grammar("root ::= root root | [a-z]"))
    #expect(sums.isParallel && sums.accepts(String(repeating: "ab", count: 1000)))
  }

  @Test("a grammar that a byte of look ahead tells apart is read in one way at a time")
  func deterministic() throws {
    #expect(try !CompiledConstraint(.grammar(SampleGrammars.gbnf[2])).isParallel)
    #expect(try CompiledConstraint(.grammar("root ::= \"a\" root \"a\" | \"a\"")).isParallel)
  }
}
