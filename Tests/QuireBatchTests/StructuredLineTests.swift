import QuireEngine
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Structured output of lines")
struct StructuredLineTests {
  private static func openAI(_ endpoint: String, _ body: String) -> String {
    let prompt =
      endpoint == "completions" ? #""prompt":"p""# : #""messages":[{"role":"user","content":"Hi"}]"#
    return
      #"{"custom_id":"c","method":"POST","url":"/v1/\#(endpoint)","body":{\#(prompt),"max_tokens":400,\#(body)}}"#
  }

  @Test(
    "each constraint reaches the engine from flat, nested, chat and completion lines",
    arguments: [
      (#"{"choice":["a","b"]}"#, OutputConstraint.choice(["a", "b"])),
      (#"{"regex":"\\d+"}"#, .regex("\\d+")), (#"{"json_object":true}"#, .jsonObject),
      (#"{"json":{"type": "integer"},"regex":null}"#, .jsonSchema(#"{"type": "integer"}"#)),
      (#"{"json":"{\"type\":\"null\"}"}"#, .jsonSchema(#"{"type":"null"}"#)),
      (#"{"json_object":true,"disable_any_whitespace":false,"grammar":null}"#, .jsonObject),
      (#"{"json_object":true,"disable_any_whitespace":true}"#, .spacedJSON(schema: nil, whitespace: "")),
      (
        #"{"whitespace_pattern":" ?","json":{"type":"null"},"disable_additional_properties":true}"#,
        .spacedJSON(schema: #"{"type":"null"}"#, whitespace: " ?")
      ),
      (#"{"grammar":"root ::= \"a\" | \"b\""}"#, .grammar(#"root ::= "a" | "b""#)),
      (#"{"grammar":"start: /a+/"}"#, .grammar("start: /a+/")),
      (
        #"{"structural_tag":{"format":{"type":"const_string","value":"a"}}}"#,
        .structuralTag(#"{"format":{"type":"const_string","value":"a"}}"#)
      ),
      (
        #"{"structural_tag":"{\"format\":{\"type\":\"const_string\",\"value\":\"a\"}}"}"#,
        .structuralTag(#"{"format":{"type":"const_string","value":"a"}}"#)
      ),
    ])
  func structuredOutputs(text: String, expected: OutputConstraint) throws {
    let field = #""structured_outputs":\#(text)"#
    for line in [
      #"{"prompt":"p",\#(field)}"#, #"{"prompt":"p","sampling_params":{\#(field)}}"#,
      Self.openAI("completions", field), Self.openAI("chat/completions", field),
      Self.openAI("chat/completions", field + #","response_format":{"type":"text"}"#),
    ] {
      let job = TestJob()
      let outcome = try job.run(line)
      #expect(job.engine.added.first?.params.structuredOutputs == expected, "\(outcome.lines)")
    }
  }

  @Test(
    "each response_format reaches the engine",
    arguments: [
      (#"{"type":"text"}"#, nil), ("null", nil), (#"{"type":"json_object"}"#, OutputConstraint.jsonObject),
      (
        #"{"type":"json_schema","json_schema":{"name":"n","description":"d","strict":true,"schema":{"type":"null"}}}"#,
        .jsonSchema(#"{"type":"null"}"#)
      ),
      (
        #"{"json_schema":{"schema":{"type":"null"},"strict":null,"name":"n"},"type":"json_schema"}"#,
        .jsonSchema(#"{"type":"null"}"#)
      ),
    ] as [(String, OutputConstraint?)])
  func responseFormat(text: String, expected: OutputConstraint?) throws {
    for endpoint in ["completions", "chat/completions"] {
      let job = TestJob()
      let outcome = try job.run(Self.openAI(endpoint, #""response_format":\#(text)"#))
      #expect(job.engine.added.first?.params.structuredOutputs == expected, "\(outcome.lines)")
      #expect(job.engine.added.count == 1)
    }
  }

  @Test(
    "what is wrong with structured_outputs is an error that names it",
    arguments: [
      (#"{}"#, "missing_field", "structured_outputs: found none, expected exactly one of choice"),
      (#"{"regex":"a","choice":["a"]}"#, "conflicting_fields", "found regex and choice"),
      (#"{"regexp":"a"}"#, "unknown_field", "regexp"), (#""a""#, "invalid_type", "expected an object"),
      (#"{"regex":5}"#, "invalid_type", "structured_outputs.regex: found 5"),
      (#"{"choice":"a"}"#, "invalid_type", "a list of texts"),
      (#"{"choice":["a",1]}"#, "invalid_type", "structured_outputs.choice[1]"),
      (#"{"choice":[]}"#, "invalid_value", "structured_outputs.choice: found an empty list"),
      (#"{"json_object":false}"#, "invalid_value", "expected true"),
      (#"{"json":7}"#, "invalid_type", "a JSON Schema"),
      (#"{"json":"{"}"#, "invalid_value", "structured_outputs.json"),
      (
        #"{"json":{"type":"integer","multipleOf":123456}}"#, "unsupported_value",
        "structured_outputs.json at /multipleOf"
      ),
      (
        #"{"grammar":"root ::= a"}"#, "invalid_value",
        "structured_outputs.grammar at line 1, column 10: found a"
      ),
      (
        #"{"grammar":"root ::= \"a\" <b>"}"#, "unsupported_value",
        "structured_outputs.grammar at line 1, column 14"
      ),
      (
        #"{"structural_tag":{"format":{"type":"x"}}}"#, "unsupported_value",
        "structured_outputs.structural_tag at /format/type"
      ),
      (#"{"json_object":true,"whitespace_pattern":"x"}"#, "invalid_value", "whitespace_pattern"),
      (
        #"{"json_object":true,"whitespace_pattern":"","disable_any_whitespace":true}"#, "conflicting_fields",
        "found whitespace_pattern and disable_any_whitespace"
      ),
      (#"{"regex":"a","disable_any_whitespace":true}"#, "unsupported_value", "disable_any_whitespace"),
      (#"{"regex":"(?<=a)b"}"#, "unsupported_value", "structured_outputs.regex"),
    ])
  func wrongStructuredOutputs(text: String, code: String, words: String) throws {
    for line in [
      #"{"prompt":"p","structured_outputs":\#(text)}"#,
      Self.openAI("chat/completions", #""structured_outputs":\#(text)"#),
    ] {
      let outcome = try TestJob().run(line)
      #expect(outcome.lines[0].contains(#""code":"\#(code)""#), "\(outcome.lines)")
      #expect(outcome.lines[0].contains(words), "\(outcome.lines)")
    }
  }

  @Test(
    "what is wrong with response_format is an error that names it, and the place in it",
    arguments: [
      (#""json_object""#, "invalid_type", "response_format"),
      (#"{}"#, "missing_field", "response_format: found no type"),
      (#"{"type":"xml"}"#, "unsupported_value", "response_format.type"),
      (#"{"type":"json_object","schema":{}}"#, "unknown_field", "schema"),
      (#"{"type":"json_object","json_schema":{}}"#, "unknown_field", "json_schema"),
      (#"{"type":"json_schema"}"#, "missing_field", "response_format.json_schema is missing"),
      (
        #"{"type":"json_schema","json_schema":{"schema":{}}}"#, "missing_field", "json_schema.name is missing"
      ),
      (
        #"{"type":"json_schema","json_schema":{"name":"n"}}"#, "missing_field",
        "json_schema.schema is missing"
      ),
      (
        #"{"type":"json_schema","json_schema":{"name":"n","schema":{"properties":{"a":{"$ref":"http://x/y"}}}}}"#,
        "unsupported_value", "response_format.json_schema.schema at /properties/a/$ref"
      ),
      (
        #"{"type":"json_object"},"structured_outputs":{"regex":"a"}"#, "conflicting_fields",
        "found response_format and structured_outputs"
      ),
    ])
  func wrongResponseFormats(text: String, code: String, words: String) throws {
    for endpoint in ["completions", "chat/completions"] {
      let outcome = try TestJob().run(Self.openAI(endpoint, #""response_format":\#(text)"#))
      #expect(outcome.lines[0].contains(#""code":"\#(code)""#), "\(outcome.lines)")
      #expect(outcome.lines[0].contains(words), "\(outcome.lines)")
      #expect(outcome.lines[0].contains(#""param":"response_format"#) || code == "conflicting_fields")
    }
  }

  @Test("an answer too short for the constraint is refused, with max_tokens named")
  func tooShort() throws {
    let outcome = try TestJob().run(
      #"{"prompt":"p","max_tokens":3,"structured_outputs":{"choice":["abcdef"]}}"#)
    #expect(outcome.lines[0].contains("max_tokens leaves 3 tokens"), "\(outcome.lines)")
    #expect(outcome.lines[0].contains("structured_outputs.choice is sure of takes 6"), "\(outcome.lines)")
  }
}
