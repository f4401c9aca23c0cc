import QuireJSON
import QuireRequests
import Testing

@testable import QuireOpenAI

@Suite("Bodies of responses")
struct ResponseBodyTests {
  private func body(_ members: String) throws -> ResponseBody {
    try ResponseBody(BodyTests.fields("{\(members)}"), BodyDefaults())
  }

  private func messages(_ members: String) throws -> [ChatMessage] {
    guard case .conversation(let messages, _) = try body(members).request.prompt else { return [] }
    return messages
  }

  @Test("a text is a question, and instructions stand before it")
  func text() throws {
    #expect(try messages(#""input":"Hi""#) == [.user("Hi")])
    #expect(try messages(#""input":"Hi","instructions":"Be brief.""#) == [.system("Be brief."), .user("Hi")])
    let defaults = BodyDefaults(system: "S")
    let request = try ResponseBody(BodyTests.fields(#"{"input":"Hi"}"#), defaults).request
    #expect(request.prompt == .conversation([.system("S"), .user("Hi")]))
  }

  @Test("earlier turns stand in the list as answers had them")
  func turns() throws {
    let items =
      #"[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},"#
      + #"{"type":"reasoning","id":"rs","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]},"#
      + #"{"type":"message","id":"m","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Yes","annotations":[]}]},"#
      + #"{"type":"function_call","id":"fc","call_id":"c1","name":"f","arguments":"{}","status":"completed"},"#
      + #"{"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},"#
      + #"{"type":"function_call_output","call_id":"c1","output":"done"}]"#
    let made = try messages(#""input":\#(items)"#)
    #expect(made.map(\.role) == [.user, .assistant, .tool])
    #expect(made.map(\.content) == ["Hi", "Yes", "done"])
    #expect(made[1].reasoning == "Hm.")
    let calls =
      #"[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},"#
      + #"{"id":"c2","type":"function","function":{"name":"g","arguments":"{\"a\":1}"}}]"#
    #expect(made[1].fields == ["tool_calls": JSONText(calls)])
    #expect(made[2].fields == ["tool_call_id": JSONText("\"c1\"")])
  }

  @Test("fields have their own names and forms, and mean what those of chats mean")
  func fields() throws {
    let body = try body(
      #""input":"a","max_output_tokens":7.0,"temperature":0.5,"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"integer"},"strict":true},"verbosity":"low"},"reasoning":{"effort":"low","summary":"auto"},"include":["message.output_text.logprobs"],"top_logprobs":2,"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":"none","store":false"#
    )
    let values = body.request.sampling.values
    #expect(values.maxTokens == 7 && values.temperature == 0.5 && values.logprobs == 2)
    #expect(values.structuredOutputs == .jsonSchema(#"{"type":"integer"}"#))
    #expect(body.request.fieldsWithoutEffect == ["store", "verbosity"])
    guard case .conversation(_, let settings) = body.request.prompt else { return }
    #expect(settings.templateArguments == ["reasoning_effort": JSONText("\"low\"")])
    #expect(
      settings.tools
        == JSONText(#"[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]"#))
    let dialect = body.request.dialect(options: SwiftDialect())
    #expect(dialect.field(of: .parameter(.maxTokens)) == "max_output_tokens")
    #expect(dialect.name(of: .constraint(.jsonSchema)) == "text.format.schema")
  }

  @Test(
    "what is stored elsewhere, or is no text, is refused by name",
    arguments: [
      (#""previous_response_id":"r""#, "previous_response_id"), (#""background":true"#, "background"),
      (#""truncation":"auto""#, "truncation"), (#""max_tokens":3"#, "max_tokens"),
      (#""include":["file_search_call.results"]"#, "include"),
      (#""tools":[{"type":"web_search"}]"#, "tools[0].type"),
      (#""text":{"format":{"type":"grammar"}}"#, "text.format"),
      (#""reasoning":{"budget":3}"#, "reasoning"), (#""messages":[]"#, "messages"),
    ])
  func refused(members: String, param: String) throws {
    let error = #expect(throws: InputError.self) { try body(#""input":"a","# + members) }
    #expect(error?.param == param, "\(error?.message ?? "")")
  }

  @Test(
    "an input that is none is an error that names its place",
    arguments: [
      ("", "input"), (#""input":[]"#, "input"), (#""input":7"#, "input"),
      (#""input":[{"type":"item_reference","id":"x"}]"#, "input[0].type"),
      (#""input":[{"type":"function_call","name":"f","arguments":"{}"}]"#, "input[0].call_id"),
      (
        #""input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}]"#,
        "input[0].content[0].type"
      ),
    ])
  func wrongInput(members: String, param: String) throws {
    let error = #expect(throws: InputError.self) { try body(members) }
    #expect(error?.param == param, "\(error?.message ?? "")")
  }
}
