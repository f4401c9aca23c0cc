import QuireJSON
import QuireRequests
import QuireTokenizers
import Testing

@testable import QuireOpenAI

@Suite("Answers in parts")
struct AnswerStreamTests {
  private func stream<Body: EndpointBody>(
    _ endpoint: Body.Type, _ body: String, prompts: [[Int32]] = [[71, 72]]
  ) throws -> any AnswerStream {
    var fields = try JSONView(validating: Array(body.utf8)).members()
    let options = try #require(try StreamOptions.take(from: &fields))
    return try Body(fields, BodyDefaults()).stream(
      StreamFrame(
        name: "7", modelName: "m", tokenizer: TestModel.tokenizer, prompts: prompts,
        options: options))
  }

  /// What stands under `choices` of each part, and behind it.
  private func parts(_ stream: any AnswerStream, _ updates: [RequestUpdate]) -> [String] {
    var stream = stream
    let parts = updates.flatMap { stream.take($0) } + [stream.finish()].compactMap { $0 }
    return parts.map { part in
      let text = String(decoding: part, as: UTF8.self)
      return text.split(separator: #""choices":"#, maxSplits: 1).last.map { String($0.dropLast()) } ?? text
    }
  }

  private func update(
    _ text: String, _ end: FinishReason? = nil, of index: Int = 0, reasoning: String = "", ids: [Int32] = [1]
  ) -> RequestUpdate {
    RequestUpdate(index: index, text: text, reasoning: reasoning, tokenIDs: ids, finishReason: end)
  }

  private static let chat = #"{"messages":[{"role":"user","content":"a"}],"stream":true"#

  @Test(
    "a chat tells the role, then thoughts and text apart, then why it ended; what is held back is not told")
  func chatParts() throws {
    let updates = [
      update("", reasoning: "Hm"), update(""), update("So"), update("No", of: 1), update("", .stop, of: 1),
      update("", .length),
    ]
    let role = #""delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]"#
    let thought = #"[{"index":0,"delta":{"reasoning_content":"Hm"},"logprobs":null,"finish_reason":null}]"#
    let rest = [
      #"[{"index":0,"delta":{"content":"So"},"logprobs":null,"finish_reason":null}]"#,
      #"[{"index":1,"# + role,
      #"[{"index":1,"delta":{"content":"No"},"logprobs":null,"finish_reason":null}]"#,
      #"[{"index":1,"delta":{},"logprobs":null,"finish_reason":"stop","stop_reason":null}]"#,
      #"[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length","stop_reason":null}]"#,
    ]
    #expect(
      parts(try stream(ChatCompletionBody.self, Self.chat + "}"), updates)
        == [#"[{"index":0,"# + role, thought] + rest)
    let hidden = try stream(ChatCompletionBody.self, Self.chat + #","include_reasoning":false}"#)
    #expect(parts(hidden, updates) == [#"[{"index":0,"# + role] + rest)
  }

  @Test("a call is told once it is whole, with its id and place, and the answer then ended with calls")
  func calls() throws {
    let tools = #","tools":[{"type":"function","function":{"name":"f"}}]"#
    let updates = [
      update("Well. "), update("{"), update(#"{"name":"f","#), update(#""arguments":{}}"#), update("", .stop),
    ]
    func told(_ updates: [RequestUpdate]) throws -> [String] {
      parts(try stream(ChatCompletionBody.self, Self.chat + tools + "}"), updates)
    }
    // Plain JSON is a call only where it is all that is said.
    #expect(try told(updates).joined().contains(#""content":"{""#))
    let called = try told(Array(updates.dropFirst(2)))
    let id = ToolCallIDs(answerName: "7", areShort: false).id(choice: 0, call: 0)
    #expect(
      called.last
        == #"[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"\#(id)","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
        + #""logprobs":null,"finish_reason":"tool_calls","stop_reason":null}]"#)
    #expect(!called.dropLast().joined().contains("name"))
    let named = tools + #","tool_choice":{"type":"function","function":{"name":"f"}}}"#
    let pieces = parts(
      try stream(ChatCompletionBody.self, Self.chat + named), [update("{"), update("}", .stop)])
    #expect(
      pieces[1].contains(
        #""delta":{"tool_calls":[{"index":0,"id":"\#(id)","type":"function","function":{"name":"f","arguments":"{"}}]}"#
      ))
    #expect(pieces[2].contains(#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#))
    #expect(pieces[2].contains(#""finish_reason":"tool_calls""#))
  }

  @Test("a response's events tell its items in the order in which they begin, and end with the whole")
  func responseEvents() throws {
    let tools = #","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f"}"#
    let output = RequestOutput(
      promptTokenIDs: [71, 72],
      outputs: [
        CompletionOutput(index: 0, text: "{}", reasoning: "Hm", tokenIDs: [1, 2, 3], finishReason: .stop)
      ])
    var last = update("}", .stop)
    last.output = output
    var told = try stream(ResponseBody.self, #"{"input":"a","stream":true"# + tools + "}")
    let events = [update("", reasoning: "Hm"), update("{"), last].flatMap { told.take($0) }
      .map { String(decoding: $0, as: UTF8.self) }
    let types = events.map { String($0.dropFirst(9).prefix { $0 != "\"" }) }
    #expect(
      types == [
        "response.created", "response.in_progress", "response.output_item.added",
        "response.reasoning_text.delta", "response.output_item.added",
        "response.function_call_arguments.delta", "response.function_call_arguments.delta",
        "response.reasoning_text.done", "response.output_item.done",
        "response.function_call_arguments.done", "response.output_item.done", "response.completed",
      ])
    for (number, event) in events.enumerated() {
      #expect(event.contains(#""sequence_number":\#(number)"#))
    }
    #expect(events[4].contains(#""output_index":1"#) && events[4].contains(#""arguments":"""#))
    #expect(events.last?.contains(#""usage":{"input_tokens":2,"#) == true)
    #expect(told.finish() == nil)
    #expect(throws: InputError.self) {
      try stream(ResponseBody.self, #"{"input":"a","stream":true,"n":2,"temperature":1}"#)
    }
  }

  @Test("the ids of prompt and answer are told where they are asked for")
  func tokenIDs() throws {
    let updates = [update("a", ids: [1, 2]), update("", ids: [3]), update("b", .stop, ids: [4])]
    let chat = parts(
      try stream(ChatCompletionBody.self, Self.chat + #","return_token_ids":true}"#), updates)
    #expect(chat[0].hasSuffix(#","prompt_token_ids":[71,72]"#))
    #expect(
      chat.count == 4 && chat[1].contains(#""token_ids":[1,2]"#) && chat[2].contains(#""token_ids":[3]"#))
    let completion = parts(
      try stream(CompletionBody.self, #"{"prompt":"hi","stream":true,"return_token_ids":true}"#), updates)
    #expect(completion[0].contains(#""token_ids":[1,2],"prompt_token_ids":[71,72]"#))
    #expect(completion.count == 3 && !completion[1].contains("prompt_token_ids"))
  }

  @Test("tokens are counted at the end, and in each part, where it is asked for")
  func counts() throws {
    let updates = [update("a", ids: [1, 2]), update("b", .stop)]
    func counts(_ options: String) throws -> [String?] {
      let body = #"{"prompt":"hi","stream":true,"stream_options":{"# + options + "}}"
      return parts(try stream(CompletionBody.self, body), updates).map { part in
        part.split(separator: #","usage":"#).dropFirst().first.map(String.init)
      }
    }
    let total = #"{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}"#
    #expect(try counts("") == [nil, nil])
    #expect(try counts(#""include_usage":true"#) == [nil, nil, total])
    #expect(
      try counts(#""include_usage":true,"continuous_usage_stats":true"#)
        == [#"{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}"#, total, total])
    #expect(try counts(#""continuous_usage_stats":true"#) == [nil, nil])
  }

  @Test("an echo stands once before each answer")
  func echo() throws {
    let body = #"{"prompt":[71,72],"n":2,"echo":true,"stream":true}"#
    let texts = parts(
      try stream(CompletionBody.self, body),
      [update(""), update("!"), update("?", .stop, of: 1), update("", .stop)])
    #expect(
      texts == [
        #"[{"index":0,"text":"hi","logprobs":null,"finish_reason":null}]"#,
        #"[{"index":0,"text":"!","logprobs":null,"finish_reason":null}]"#,
        #"[{"index":1,"text":"hi?","logprobs":null,"finish_reason":"stop","stop_reason":null}]"#,
        #"[{"index":0,"text":"","logprobs":null,"finish_reason":"stop","stop_reason":null}]"#,
      ])
  }

  @Test("of several prompts each choice has its own, and all are counted")
  func severalPrompts() throws {
    let body =
      #"{"prompt":[[71,72],[0]],"n":2,"echo":true,"stream":true,"stream_options":{"include_usage":true}}"#
    let texts = parts(
      try stream(CompletionBody.self, body, prompts: [[71, 72], [0]]),
      [update("a", of: 1), update("b", of: 2), update("c", .stop, of: 3), update("d", of: 1)])
    func part(_ index: Int, _ text: String) -> String {
      #"[{"index":\#(index),"text":"\#(text)","logprobs":null,"finish_reason":null}]"#
    }
    #expect(
      texts == [
        part(1, "hia"), part(2, "!b"),
        #"[{"index":3,"text":"!c","logprobs":null,"finish_reason":"stop","stop_reason":null}]"#,
        part(1, "d"), #"[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#,
      ])
  }

  @Test("the tokens' places in the text go on from part to part")
  func offsets() throws {
    func update(_ text: String, _ id: Int32) -> RequestUpdate {
      let entry = TokenLogprob(
        tokenID: id, logprob: -1, rank: 1, text: TestModel.tokenizer.tokenText(id))
      return RequestUpdate(index: 0, text: text, tokenIDs: [id], logprobs: [[entry]])
    }
    let texts = parts(
      try stream(CompletionBody.self, #"{"prompt":"a","logprobs":0,"stream":true}"#),
      [update("h", 71), update("i", 72), update("!", 0)])
    #expect(
      texts.map { $0.contains(#""text_offset":[0]"#) } == [true, false, false]
        && texts[1].contains(#""text_offset":[1]"#) && texts[2].contains(#""text_offset":[2]"#))
  }

  @Test("an endpoint that says nothing of streams refuses them")
  func wholeAnswers() {
    struct Whole: EndpointBody {
      static let path = "/v1/whole"
      static let lastMaxTokens = 1
      let request = BodyRequest(
        prompt: .text(""), sampling: SamplingSettings(), structurePath: nil, fieldsWithoutEffect: [])
      init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {}
      func write(_ answer: AnswerObject, to writer: inout JSONWriter) {}
    }
    let error = #expect(throws: InputError.self) { try stream(Whole.self, #"{"stream":true}"#) }
    #expect(error?.code == .unsupported && error?.param == "stream")
  }
}
