import QuireRequests
import QuireStructuredOutput
import Testing

/// What xgrammar says of texts near the border.
struct GrammarGoldenTests {
  @Test("a grammar or structural tag accepts what xgrammar does")
  func grammars() throws {
    let lines = try Golden.lines("grammar.jsonl")
    #expect(lines.count > 30)
    for line in lines {
      let source = try line.text("source")
      let constraint = try CompiledConstraint(
        try line.text("kind") == "grammar" ? .grammar(source) : .structuralTag(source))
      for (text, match) in zip(try line.texts("texts"), try line.text("matches")) {
        #expect(constraint.accepts(text) == (match == "1"), "\(source) on \(text)")
      }
    }
  }
}
