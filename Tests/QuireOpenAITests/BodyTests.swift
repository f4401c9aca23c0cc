import QuireJSON
import QuireOpenAI
import QuireRequests
import Testing

@Suite("Bodies by themselves")
struct BodyTests {
  private func fields(_ text: String) throws -> [JSONView.Member] {
    try JSONView(validating: Array(text.utf8)).members()
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
