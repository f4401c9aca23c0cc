import QuireJSON
import QuireRequests
import Testing

@testable import QuireOpenAI

@Suite("Bodies by themselves")
struct BodyTests {
  static func fields(_ text: String) throws -> [JSONView.Member] {
    try JSONView(validating: Array(text.utf8)).members()
  }

  private func fields(_ text: String) throws -> [JSONView.Member] { try Self.fields(text) }

  /// A chat's body with more members.
  private func chat(_ members: String) throws -> ChatCompletionBody {
    try ChatCompletionBody(
      fields(#"{"messages":[{"role":"user","content":"Hi"}],\#(members)}"#), BodyDefaults())
  }

  @Test("of two lengths the newer name goes before the older one, in any order, and errors name it")
  func lengths() throws {
    for members in [
      #""max_tokens":64.0,"max_completion_tokens":3"#, #""max_completion_tokens":3.0,"max_tokens":64"#,
      #""max_tokens":3,"max_completion_tokens":null"#,
    ] {
      #expect(try chat(members).request.sampling.values.maxTokens == 3)
    }
    #expect(throws: InputError.self) { try chat(#""max_completion_tokens":3,"max_tokens":"x""#) }
    let dialect = try chat(#""max_completion_tokens":3"#).request.dialect(options: SwiftDialect())
    #expect(dialect.field(of: .parameter(.maxTokens)) == "max_completion_tokens")
  }

  @Test("fields that change no answer are taken and told, those of streams among them")
  func fieldsWithoutEffect() throws {
    let body = try chat(
      #""stream":true,"stream_options":{"include_usage":true},"store":true,"prediction":{},"user":null,"verbosity":"low""#
    )
    #expect(
      body.request.fieldsWithoutEffect == ["stream", "stream_options", "store", "prediction", "verbosity"])
    #expect(try chat(#""stream":false"#).request.fieldsWithoutEffect.isEmpty)
    #expect(throws: InputError.self) { try chat(#""stream":"yes""#) }
  }

  @Test("an effort of none turns thoughts off, unless the body says otherwise")
  func effort() throws {
    func arguments(_ members: String) throws -> [String: JSONText] {
      guard case .conversation(_, let settings) = try chat(members).request.prompt else { return [:] }
      return settings.templateArguments
    }
    #expect(
      try arguments(#""reasoning_effort":"none""#)
        == ["reasoning_effort": JSONText("\"none\""), "enable_thinking": false])
    #expect(try arguments(#""reasoning_effort":"low""#) == ["reasoning_effort": JSONText("\"low\"")])
    #expect(
      try arguments(#""chat_template_kwargs":{"enable_thinking":true},"reasoning_effort":"none""#)[
        "enable_thinking"]
        == true)
  }

  @Test("vLLM's older names of constraints say what they said")
  func guidedFields() throws {
    for (members, expected) in [
      (#""guided_json":{"type":"integer"}"#, .jsonSchema(#"{"type":"integer"}"#)),
      (#""guided_grammar":"root ::= \"a\"""#, .grammar(#"root ::= "a""#)),
      (
        #""response_format":{"type":"structural_tag","format":{"type":"any_text"}}"#,
        .structuralTag(#"{"type":"structural_tag","format":{"type":"any_text"}}"#)
      ),
      (#""guided_regex":"a+""#, .regex("a+")), (#""guided_choice":["a","b"]"#, .choice(["a", "b"])),
    ] as [(String, OutputConstraint)] {
      #expect(try chat(members).request.sampling.values.structuredOutputs == expected)
    }
    let error = #expect(throws: InputError.self) { try chat(#""guided_regex":"a","guided_choice":["b"]"#) }
    #expect(error?.code == .conflictingFields)
  }

  @Test(
    "an error names what is wrong, and where the thing belongs",
    arguments: [
      (#""response_format":{"type":"regex_tag","structures":[]}"#, "response_format.type"),
      (#""response_format":{"type":"json_schema","schema":{}}"#, "inside response_format.json_schema"),
      (#""prompt":"p""#, "/v1/completions"), (#""enable_thinking":false"#, "chat_template_kwargs"),
      (#""max_new_tokens":3"#, "write max_tokens"), (#""functions":[{"name":"f"}]"#, "functions"),
    ])
  func errors(members: String, words: String) throws {
    let error = #expect(throws: InputError.self) { try chat(members) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test("old messages may lack a content, and have refusals and calls of before there were tools")
  func oldMessages() throws {
    let body = try ChatCompletionBody(
      fields(
        #"{"messages":[{"role":"assistant","content":null,"refusal":"No."},"#
          + #"{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},"#
          + #"{"role":"tool","content":null,"tool_call_id":"c"},"#
          + #"{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"text","text":"b"}]}]}"#),
      BodyDefaults())
    guard case .conversation(let messages, _) = body.request.prompt else { return }
    #expect(messages.map(\.content) == ["No.", "", "", "a\nb"])
    #expect(
      messages[1].fields["tool_calls"]
        == JSONText(#"[{"type":"function","function":{"name":"f","arguments":"{}"}}]"#))
    let error = #expect(throws: InputError.self) {
      try ChatCompletionBody(fields(#"{"messages":[{"role":"user","content":null}]}"#), BodyDefaults())
    }
    #expect(error?.code == .missingField)
  }

  @Test("a chat body gives its conversation, and its parameters over the defaults")
  func chat() throws {
    var sampling = SamplingSettings()
    sampling.state(\.topP, 0.5)
    sampling.state(\.temperature, 0.5)
    let body = try ChatCompletionBody(
      fields(
        #"{"model":"m","messages":[{"role":"user","content":"Hi"}],"temperature":0,"max_completion_tokens":3}"#
      ),
      BodyDefaults(sampling: sampling, system: "S"))
    #expect(body.request.prompt == .conversation([.system("S"), .user("Hi")]))
    let expected = SamplingParams(temperature: 0, topP: 0.5, maxTokens: 3)
    #expect(body.request.sampling.values == expected)
  }

  @Test("a completion body takes texts or their ids, and states no length of its own")
  func completion() throws {
    for (prompt, expected) in [
      (#""p""#, .text("p")), (#"["p"]"#, .text("p")), ("[1,2]", .tokenIDs([1, 2])),
      ("[[1,2]]", .tokenIDs([1, 2])),
    ] as [(String, Prompt)] {
      let body = try CompletionBody(fields(#"{"prompt":\#(prompt)}"#), BodyDefaults())
      #expect(body.request.prompt == expected)
      #expect(!body.request.sampling.states(.maxTokens))
    }
    for (prompt, expected) in [
      (#"["p","q",""]"#, [.text("q"), .text("")]), ("[[1],[2,3]]", [.tokenIDs([2, 3])]),
    ] as [(String, [Prompt])] {
      let body = try CompletionBody(fields(#"{"prompt":\#(prompt),"n":2}"#), BodyDefaults())
      #expect(body.furtherPrompts == expected)
    }
    let many = Array(repeating: "[1]", count: CompletionBody.greatestPromptCount + 1).joined(separator: ",")
    for (prompt, param) in [
      (#"["p",1]"#, "prompt[1]"), (#"[[1],"p"]"#, "prompt[1]"), ("[[1],[2,-3]]", "prompt[1]"),
      ("[[1],null]", "prompt[1]"), ("[\(many)]", "prompt"), (#"[1,"p"]"#, "prompt[1]"), ("{}", "prompt"),
    ] {
      let error = #expect(throws: InputError.self) {
        try CompletionBody(fields(#"{"prompt":\#(prompt)}"#), BodyDefaults())
      }
      #expect(error?.param == param)
    }
  }

  @Test(
    "each endpoint refuses what is the other's, by name",
    arguments: [
      (#"{"prompt":"p","tools":[]}"#, #"{"messages":[{"role":"user","content":"p"}],"tools":[]}"#, "tools"),
      (#"{"prompt":"p","messages":[]}"#, #"{"messages":[{"role":"user","content":"p"}]}"#, "messages"),
    ])
  func endpoints(completion: String, chat: String, field: String) throws {
    let error = #expect(throws: InputError.self) { try CompletionBody(fields(completion), BodyDefaults()) }
    #expect(error?.code == .unknownField && error?.param == field)
    _ = try ChatCompletionBody(fields(chat), BodyDefaults())
  }

  @Test("an error is the object that a server answers with")
  func errorObject() {
    var writer = JSONWriter()
    InputError(.invalidValue, "top_p is 2", param: "top_p").writeObject(to: &writer)
    #expect(
      writer.text
        == #"{"error":{"message":"top_p is 2","type":"invalid_request_error","param":"top_p","code":"invalid_value"}}"#
    )
  }
}
