import QuireRequests
import QuireStructuredOutput
import Testing

/// What Python's `re` and `jsonschema` say of texts near the border.
struct GoldenTests {
  @Test("a regular expression accepts what Python's re.fullmatch does")
  func regexes() throws {
    let lines = try Golden.lines("regex.jsonl")
    #expect(lines.count > 50)
    for line in lines {
      let regex = try line.text("regex")
      let constraint = try CompiledConstraint(.regex(regex))
      for (text, match) in zip(try line.texts("texts"), try line.text("matches")) {
        #expect(constraint.accepts(text) == (match == "1"), "\(regex) on \(text)")
      }
    }
  }

  @Test(
    "a schema accepts what the Python package jsonschema does, but for what is documented as narrower",
    arguments: ["schema.jsonl", "wild.jsonl"])
  func schemas(file: String) throws {
    let lines = try Golden.lines(file)
    #expect(lines.count > 60)
    for line in lines {
      let schema = try line.text("schema")
      let constraint = try CompiledConstraint(.jsonSchema(schema))
      let narrower = Set(try line.integers("narrower"))
      for (index, (document, valid)) in zip(try line.texts("documents"), try line.text("valid")).enumerated()
      {
        let accepts = constraint.accepts(document)
        if narrower.contains(index) {
          // Valid, and free to be an answer or not.
        } else {
          #expect(accepts == (valid == "1"), "\(schema) on \(document)")
        }
      }
    }
  }
}
