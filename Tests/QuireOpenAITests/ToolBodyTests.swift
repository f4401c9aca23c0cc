import QuireJSON
import QuireRequests
import Testing

@testable import QuireOpenAI

@Suite("Tools of bodies")
struct ToolBodyTests {
  private static let weather =
    ##"{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":"##
    + ##"{"city":{"$ref":"#/$defs/c"}},"required":["city"],"$defs":{"c":{"type":"string"}}}}}"##
  private static let clock = #"{"type":"function","function":{"name":"clock"}}"#

  private func body(
    _ members: String, tools: String? = nil, style: ToolCallStyle = ToolCallStyle(.hermes)
  ) throws -> ChatCompletionBody {
    var defaults = BodyDefaults()
    defaults.toolCallStyle = style
    let tools = tools ?? "[\(Self.weather),\(Self.clock)]"
    return try ChatCompletionBody(
      BodyTests.fields(
        #"{"messages":[{"role":"user","content":"Hi"}],"tools":\#(tools)"#
          + (members.isEmpty ? "}" : #",\#(members)}"#)),
      defaults)
  }

  private func constraint(_ members: String, tools: String? = nil) throws -> OutputConstraint? {
    try body(members, tools: tools).request.sampling.values.structuredOutputs
  }

  @Test("tools reach the template, whatever is chosen of them", arguments: ["none", "auto", "required"])
  func template(choice: String) throws {
    let prompt = try body(#""tool_choice":"\#(choice)""#).request.prompt
    guard case .conversation(_, let settings) = prompt else { return }
    #expect(settings.tools == JSONText("[\(Self.weather),\(Self.clock)]"))
  }

  @Test("an answer is free unless a call has to be made")
  func freeAnswers() throws {
    for members in ["", #""tool_choice":"auto""#, #""tool_choice":"none""#, #""tool_choice":null"#] {
      #expect(try constraint(members) == nil)
    }
    #expect(try constraint("", tools: "[]") == nil && constraint("", tools: "null") == nil)
  }

  @Test("a named tool's arguments are the answer, by their own schema")
  func namedTool() throws {
    let named = #""tool_choice":{"type":"function","function":{"name":"weather"}}"#
    guard case .jsonSchema(let schema) = try constraint(named) else {
      Issue.record("no constraint")
      return
    }
    #expect(schema.hasPrefix(##"{"type":"object","properties":{"city":{"$ref":"#/$defs/c"}}"##))
    #expect(
      try constraint(#""tool_choice":{"type":"function","function":{"name":"clock"}}"#)
        == .jsonSchema(#"{"type":"object","properties":{}}"#))
    let dialect = try body(named).request.dialect(options: SwiftDialect())
    #expect(
      dialect.name(of: .constraint(.jsonSchema, inside: " at /x")) == "tools[0].function.parameters at /x")
    #expect(dialect.field(of: .constraint(.jsonSchema)) == "tools")
  }

  @Test("arguments are objects, whether their schema says so or not")
  func objects() throws {
    for (parameters, schema) in [
      ("{}", #"{"type":"object"}"#),
      (#"{"properties":{"a":{}}}"#, #"{"type":"object","properties":{"a":{}}}"#),
      (##"{"$ref":"#/x"}"##, ##"{"$ref":"#/x"}"##),
    ] {
      let tools = #"[{"type":"function","function":{"name":"f","parameters":\#(parameters)}}]"#
      #expect(try constraint(#""tool_choice":"required""#, tools: tools) == .jsonSchema(schema))
    }
  }

  @Test("where one of several tools has to be called, the answer is a list of calls by their schemas")
  func requiredTools() throws {
    for (parallel, bound) in [("", ""), (#","parallel_tool_calls":false"#, #""maxItems":1,"#)] {
      guard case .jsonSchema(let text) = try constraint(#""tool_choice":"required""# + parallel) else {
        Issue.record("no constraint")
        return
      }
      let prefix =
        #"{"type":"array","minItems":1,\#(bound)"items":{"anyOf":[{"type":"object","properties":"#
        + #"{"name":{"const":"weather"},"#
      #expect(text.hasPrefix(prefix + ##""parameters":{"$ref":"#/$defs/weather"}}"##))
      // References of a tool lead into its own schema still.
      #expect(text.contains(##""city":{"$ref":"#/$defs/weather/$defs/c"}"##))
      #expect(text.hasSuffix(#""clock":{"type":"object","properties":{}}}}"#))
    }
    let allowed =
      #""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","#
      + #""tools":[{"type":"function","function":{"name":"clock"}}]}}"#
    #expect(try constraint(allowed) == .jsonSchema(#"{"type":"object","properties":{}}"#))
  }

  @Test("what has to be JSON is no call, and other constraints leave calls to be made")
  func constrainedAnswers() throws {
    for (members, isRead) in [
      (#""response_format":{"type":"json_object"}"#, false), (#""structured_outputs":{"json":{}}"#, false),
      (#""structured_outputs":{"regex":"a"}"#, true), (#""response_format":{"type":"text"}"#, true),
    ] {
      let prompt = try body(members, style: ToolCallStyle(.mistral, isMarkSpecial: true))
      #expect(prompt.request.sampling.values.skipSpecialTokens == !isRead)
    }
  }

  @Test("control tokens stay in the text where a mark is one, unless the body says otherwise")
  func marks() throws {
    let special = ToolCallStyle(.mistral, isMarkSpecial: true)
    func skips(_ members: String, _ style: ToolCallStyle) throws -> Bool {
      try body(members, style: style).request.sampling.values.skipSpecialTokens
    }
    #expect(try !skips("", special))
    #expect(try skips("", ToolCallStyle(.mistral)))
    #expect(try skips(#""skip_special_tokens":true"#, special))
    #expect(try skips(#""tool_choice":"none""#, special) && skips(#""tool_choice":"required""#, special))
  }

  @Test(
    "what is wrong with tools is named",
    arguments: [
      (#""tool_choice":"maybe""#, nil, "tool_choice", "invalid_value"),
      (#""tool_choice":"required""#, "[]", "tool_choice", "conflicting_fields"),
      (#""tool_choice":{"type":"function","function":{"name":"x"}}"#, nil, "tool_choice", "invalid_value"),
      (#""tool_choice":{"type":"function"}"#, nil, "tool_choice", "missing_field"),
      (#""tool_choice":{"type":"custom","name":"x"}"#, nil, "tool_choice", "unsupported_value"),
      (
        #""tool_choice":"required","response_format":{"type":"json_object"}"#, nil, "tool_choice",
        "conflicting_fields"
      ),
      ("", #"[{"type":"custom","custom":{"name":"x"}}]"#, "tools[0].type", "unsupported_value"),
      ("", #"[{"type":"function"}]"#, "tools[0].name", "missing_field"),
      ("", #"[{"type":"function","function":{"name":7}}]"#, "tools[0].function.name", "invalid_type"),
      (
        "", #"[{"type":"function","function":{"name":"f","parameters":[]}}]"#, "tools[0].function.parameters",
        "invalid_type"
      ),
      ("", "[\(clock),\(clock)]", "tools", "invalid_value"), ("", #"["f"]"#, "tools[0]", "invalid_type"),
    ] as [(String, String?, String, String)])
  func errors(members: String, tools: String?, param: String, code: String) throws {
    let error = #expect(throws: InputError.self) { try body(members, tools: tools) }
    #expect(error?.param == param && error?.code.rawValue == code, "\(error?.message ?? "")")
  }
}
