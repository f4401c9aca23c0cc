import QuireRequests
import Testing

@testable import QuireOpenAI

@Suite("Calls in answers")
struct ToolCallReaderTests {
  struct Case: Sendable {
    let form: ToolCallStyle.Form
    let text: String
    let content: String
    var calls: [ToolCall] = []
    var isParallel = true
  }

  private static func call(_ name: String, _ arguments: String) -> ToolCall {
    ToolCall(name: name, arguments: arguments)
  }

  static let cases: [Case] = [
    // Hermes and Qwen
    Case(form: .hermes, text: "Just text. ", content: "Just text. "),
    Case(
      form: .hermes, text: #"<tool_call>\#n{"name": "f", "arguments": {"a": "é}]\""}}\#n</tool_call>"#,
      content: "",
      calls: [call("f", #"{"a": "é}]\""}"#)]),
    Case(
      form: .hermes,
      text:
        #"Let me see.\#n<tool_call>{"name":"f","arguments":{}}</tool_call>\#n<tool_call>{"name":"g"}</tool_call>\#n"#,
      content: "Let me see.", calls: [call("f", "{}"), call("g", "{}")]),
    Case(
      form: .hermes, text: #"<tool_call>{"name":"f","arguments":{}}</tool_call> and more "#,
      content: "and more",
      calls: [call("f", "{}")]),
    Case(
      form: .hermes, text: "a <tool_call>not a call</tool_call> b",
      content: "a <tool_call>not a call</tool_call> b"),
    Case(form: .hermes, text: #"a <tool_call>{"name":"f""#, content: #"a <tool_call>{"name":"f""#),
    Case(
      form: .hermes, text: #"<tool_call>{"name":"f","arguments":{}}"#, content: "", calls: [call("f", "{}")]),
    Case(form: .hermes, text: "1 < 2 and <tool_ca", content: "1 < 2 and <tool_ca"),
    Case(
      form: .hermes, text: #"<tool_call>{"name":"f","arguments":"{\"a\":1}"}</tool_call>"#, content: "",
      calls: [call("f", #"{"a":1}"#)]),
    Case(
      form: .hermes,
      text: #"<tool_call>{"name":"f","arguments":{}}</tool_call><tool_call>{"name":"g"}</tool_call>"#,
      content: "", calls: [call("f", "{}")], isParallel: false),
    // Llama 3
    Case(
      form: .llama3,
      text: #"<|python_tag|>{"name": "f", "parameters": {"a": 1}}; {"name": "g", "parameters": {}}"#,
      content: "", calls: [call("f", #"{"a": 1}"#), call("g", "{}")]),
    Case(
      form: .llama3, text: #"\#n\#n{"name": "f", "parameters": {}}"#, content: "", calls: [call("f", "{}")]),
    Case(
      form: .llama3, text: #"{"name": "unknown", "parameters": {}}"#,
      content: #"{"name": "unknown", "parameters": {}}"#),
    // Mistral
    Case(
      form: .mistral,
      text: #"[TOOL_CALLS] [{"name": "f", "arguments": {"a": [1]}}, {"name": "g", "arguments": {}}]"#,
      content: "", calls: [call("f", #"{"a": [1]}"#), call("g", "{}")]),
    Case(
      form: .mistral, text: #"Yes. [TOOL_CALLS]f[ARGS]{"a": 1}[TOOL_CALLS]g[CALL_ID]abc123xyz[ARGS]{}"#,
      content: "Yes.",
      calls: [call("f", #"{"a": 1}"#), call("g", "{}")]),
    Case(form: .mistral, text: "[TOOL_CALLS] none of them", content: "[TOOL_CALLS] none of them"),
    // Plain JSON
    Case(
      form: .json, text: #" {"name": "f", "arguments": {"a": null}} "#, content: "",
      calls: [call("f", #"{"a": null}"#)]),
    Case(
      form: .json, text: #"[{"function": {"name": "f", "arguments": {}}}, {"name": "g", "parameters": {}}]"#,
      content: "", calls: [call("f", "{}"), call("g", "{}")]),
    Case(form: .json, text: #"{"name": "h"}"#, content: #"{"name": "h"}"#),
    Case(form: .json, text: #"{"answer": 42}"#, content: #"{"answer": 42}"#),
    Case(form: .json, text: "[]", content: "[]"),
    Case(form: .json, text: #"Say {"name": "f"}"#, content: #"Say {"name": "f"}"#),
  ]

  private func use(_ test: Case) throws -> ToolUse {
    try Self.use(test.form, isParallel: test.isParallel)
  }

  static func use(
    _ form: ToolCallStyle.Form, isParallel: Bool = true, choice: String = #""auto""#
  ) throws -> ToolUse {
    var use = ToolUse()
    let body =
      #"{"tools":[{"function":{"name":"f"}},{"function":{"name":"g"}}],"tool_choice":\#(choice),"#
      + #""parallel_tool_calls":\#(isParallel)}"#
    for field in try BodyTests.fields(body) { try use.read(field) }
    var sampling = SamplingReader()
    try use.apply(to: &sampling, ToolCallStyle(form))
    return use
  }

  @Test(
    "calls in each model's form are taken out of the text, and what is none stays in it", arguments: cases)
  func forms(test: Case) throws {
    let called = CalledAnswer(test.text, try use(test))
    #expect(called.content == test.content)
    #expect(called.calls == test.calls)
  }

  @Test("what is found does not depend on the parts in which the text comes", arguments: cases)
  func parts(test: Case) throws {
    let use = try use(test)
    var generator = SystemRandomNumberGenerator()
    for round in 0..<40 {
      var reader = try #require(ToolCallReader(use))
      var (content, calls, rest) = ("", [ToolCall](), test.text[...])
      func take(_ events: [ToolCallReader.Event]) {
        for event in events {
          switch event {
          case .content(let text): content += text
          case .call(let call): calls.append(call)
          case .furtherArguments(let text): calls[calls.count - 1].arguments += text
          }
        }
      }
      while !rest.isEmpty {
        let count = round == 0 ? 1 : Int.random(in: 1...9, using: &generator)
        take(reader.feed(String(rest.prefix(count))))
        rest = rest.dropFirst(count)
      }
      take(reader.finish())
      #expect(content == test.content && calls == test.calls, "round \(round)")
    }
  }

  @Test("the arguments of a tool that has to be called come as they are written")
  func namedTool() throws {
    let use = try Self.use(.hermes, choice: #"{"type":"function","function":{"name":"g"}}"#)
    var reader = try #require(ToolCallReader(use))
    #expect(reader.feed(#"{"a""#) == [.call(ToolCall(name: "g", arguments: #"{"a""#))])
    #expect(reader.feed(": 1}") == [.furtherArguments(": 1}")])
    #expect(reader.finish() == [])
    #expect(CalledAnswer(#"{"a": 1}"#, use).calls == [ToolCall(name: "g", arguments: #"{"a": 1}"#)])
  }

  @Test("a list that has to be one of calls is read as such, and one that was cut off stays text")
  func requiredList() throws {
    let use = try Self.use(.hermes, choice: #""required""#)
    let list = #"[{"name": "f", "parameters": {}}, {"name": "g", "parameters": {"b": 2}}]"#
    let calls = [ToolCall(name: "f", arguments: "{}"), ToolCall(name: "g", arguments: #"{"b": 2}"#)]
    #expect(CalledAnswer(list, use).calls == calls)
    #expect(CalledAnswer(String(list.dropLast(3)), use).content == list.dropLast(3))
  }

  @Test("no calls are looked for where none may be made")
  func noCalls() throws {
    let text = #"<tool_call>{"name": "f"}</tool_call>"#
    #expect((try ToolCallReader(Self.use(.hermes, choice: #""none""#)).map { _ in true }) == nil)
    #expect(CalledAnswer(text, try Self.use(.hermes, choice: #""none""#)).content == text)
    #expect(CalledAnswer(text, ToolUse()).content == text)
  }

  @Test("ids come from the answer's name and the call's place")
  func ids() {
    let long = ToolCallIDs(answerName: "a", areShort: false)
    let short = ToolCallIDs(answerName: "a", areShort: true)
    let other = ToolCallIDs(answerName: "b", areShort: false)
    let all = [(0, 0), (0, 1), (1, 0)].flatMap { (choice, call) in
      [long, short, other].map { $0.id(choice: choice, call: call) }
    }
    #expect(Set(all).count == all.count)
    #expect(
      long.id(choice: 0, call: 1) == ToolCallIDs(answerName: "a", areShort: false).id(choice: 0, call: 1))
    #expect(long.id(choice: 0, call: 0).hasPrefix("call_"))
    let id = short.id(choice: 0, call: 0)
    #expect(id.count == 9 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
  }
}
