import QuireEngine
import QuireChat
import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireBatch

@Suite struct RequestTests {
  private func requests(_ lines: [String], _ job: TestJob = TestJob()) throws -> [PreparedRequest] {
    let outcome = try job.run(lines.joined(separator: "\n"))
    #expect(outcome.progress.errorLineCount == 0, "\(outcome.lines)")
    return job.engine.added
  }

  private let completion = #"{"method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"p"}}"#

  @Test(
    "max_tokens is the line's, else the job's, else 1024, a completion's 16, and never beyond the model's length"
  )
  func lengths() throws {
    let lines = [
      #"{"prompt":"p","max_tokens":5}"#, #"{"prompt":"p"}"#, #"{"prompt":"p","max_tokens":null}"#, completion,
    ]
    var job = TestJob()
    job.prompts = TestModel.prompts(maxModelLength: 2_000)
    #expect(try requests(lines, job).map(\.params.maxTokens) == [5, 1024, 1999, 16])
    job.engine = ScriptedEngine()
    job.parser.defaults.body.sampling.set(\.maxTokens, to: 7)
    #expect(try requests(lines, job).map(\.params.maxTokens) == [5, 7, 1999, 7])
    #expect(try requests([#"{"prompt":"0123456789","max_tokens":9999}"#]).map(\.params.maxTokens) == [502])
  }

  @Test("lines in a row that ask for the same share what it comes to, and no others")
  func sharedRules() throws {
    let lines = [
      #"{"prompt":"p","max_tokens":5}"#, #"{"prompt":"pp","max_tokens":5}"#,
      #"{"prompt":"p","max_tokens":5,"stop":"x"}"#, #"{"prompt":"pp","max_tokens":5,"stop":["x"]}"#,
      #"{"prompt":"p","max_tokens":5}"#, #"{"messages":[{"role":"user","content":"p"}],"max_tokens":5}"#,
      #"{"prompt":"p","max_tokens":600}"#, #"{"prompt":"pp","max_tokens":600}"#,
    ]
    let requests = try requests(lines)
    let rules = requests.map(\.rules)
    #expect(rules[0] === rules[1] && rules[2] === rules[3])
    #expect((2..<8).allSatisfy { $0 == 3 || rules[$0] !== rules[$0 - 1] })
    #expect(requests.map(\.params.stop) == [[], [], ["x"], ["x"], [], [], [], []])
    #expect(requests.map(\.outputTokenLimit) == [5, 5, 5, 5, 5, 5, 511, 510])
    #expect(requests[5].eosTokenIDs.contains(TestModel.turnEnd))
    #expect(!requests[6].eosTokenIDs.contains(TestModel.turnEnd))
  }

  @Test("the command line stands before the model's defaults, and these before vLLM's")
  func precedence() throws {
    var model = SamplingSettings()
    model.state(\.temperature, 0.6)
    model.state(\.topP, 0.9)
    model.state(\.maxTokens, 99)
    var commandLine = SamplingSettings()
    commandLine.state(\.temperature, 0.2)
    let settings = commandLine.over(model)
    let params = settings.values
    #expect((params.temperature, params.topP, params.maxTokens) == (0.2, 0.9, 99))
    #expect((params.topK, params.repetitionPenalty) == (0, 1))
    var job = TestJob()
    job.parser.defaults.body.sampling = settings
    let line = try requests([#"{"prompt":"p","temperature":0.5,"sampling_params":{"top_p":0.1}}"#], job)[0]
      .params
    #expect((line.temperature, line.topP) == (0.5, 0.1))
  }

  @Test(
    "a line's own seed reaches the engine; lines without one get keys of their own, the same in every run")
  func seeds() throws {
    let lines = [
      #"{"prompt":"p","seed":3}"#, #"{"prompt":"p"}"#, #"{"prompt":"p"}"#, #"{"prompt":"p","id":"x"}"#,
    ]
    let first = try requests(lines)
    #expect(first.map(\.params.seed) == [3, nil, nil, nil])
    #expect(Set(first[1...].map(\.randomKey)).count == 3)
    let again = try requests(lines)
    #expect(again.map(\.randomKey) == first.map(\.randomKey) && again.map(\.params) == first.map(\.params))
    var job = TestJob()
    job.runSeed = 1
    #expect(try requests(lines, job)[3].randomKey != first[3].randomKey)
  }

  @Test(
    "a text that cannot fit is refused by its bytes, a chat that may not be cut too, one that fits is not")
  func textsBeyondTheModelsLength() throws {
    var job = TestJob()
    let letters = { String(repeating: "a", count: $0) }
    // 512 tokens of the model's length, at most 13 bytes each: those of `<|endoftext|>`.
    let turn = #"{"role":"user","content":""# + letters(512 * 14) + #""}"#
    let body = #"{"model":"m","messages":["# + turn + "]}"
    for (line, words) in [
      (#"{"prompt":""# + letters(512 * 14) + #""}"#, "at least"),
      (#"{"prompt":""# + letters(512) + #""}"#, "takes 512 tokens"),
      (#"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":"# + body + "}", "at least"),
    ] {
      let output = try job.run(line).lines.joined()
      #expect(output.contains("context_length_exceeded") && output.contains(words), "\(output)")
    }
    job.parser.defaults.chatsBarePrompts = true
    let cut = try job.run(#"{"prompt":""# + letters(512 * 14) + #""}"#).lines.joined()
    #expect(cut.contains(#""error":null"#))
  }

  @Test(
    "fields without effect are taken, whatever they say or where they ask for nothing",
    arguments: [
      #""top_logprobs":0"#, #""return_token_ids":false"#, #""cache_salt":"s""#, #""structured_outputs":null"#,
      #""prompt_cache_retention":"24h""#, #""request_id":"r""#, #""prompt_cache_options":{"ttl":3}"#,
      #""prediction":{"type":"content","content":"Hello"}"#, #""session_id":"s""#,
    ])
  func neutralOpenAIFields(_ field: String) throws {
    let body = #"{"messages":[{"role":"user","content":"Hi"}],"# + field + "}"
    let line = #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":"# + body + "}"
    #expect(try requests([line]).count == 1)
  }

  @Test("an id that is null beside the other one is no second id")
  func nullIDs() throws {
    #expect(try requests([#"{"id":null,"custom_id":2,"prompt":"p"}"#]).count == 1)
  }

  @Test("control tokens count in raw prompts unless that is off, and never in messages")
  func controlTokens() throws {
    let raw = #"{"prompt":"<|im_end|>"}"#
    #expect(try requests([raw])[0].promptTokenIDs == [TestModel.turnEnd])
    var job = TestJob()
    job.prompts.recognizesSpecialTokens = false
    #expect(try requests([raw], job)[0].promptTokenIDs.count == 10)
    let chat = try requests([#"{"messages":[{"role":"user","content":"<|im_end|>"}]}"#])[0].promptTokenIDs
    #expect(chat.count { $0 == TestModel.turnEnd } == 1)
  }

  @Test("a chat ends at its turn markers, a raw prompt at the model's end-of-text ids")
  func stopTokens() throws {
    let both = try requests([#"{"prompt":"p"}"#, #"{"messages":[{"role":"user","content":"p"}]}"#])
    #expect(both[0].eosTokenIDs == [TestModel.endOfText])
    #expect(Set(both[1].eosTokenIDs) == [TestModel.endOfText, TestModel.turnStart, TestModel.turnEnd])
    #expect(both[1].eosTokenIDs.first == TestModel.turnEnd)
  }

  private func prompt(_ messages: [ChatMessage]) throws -> [Int32] {
    try TestModel.prompts().chat.get().prompt(for: messages, tokenBudget: nil, cut: .refused).tokenIDs
  }

  @Test("system, history and prompt make the same prompt as messages; text parts are joined by line feeds")
  func conversations() throws {
    let lines = [
      #"{"system":"S","history":[["q","a"]],"prompt":"p\nr"}"#,
      #"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"q"},{"role":"assistant","content":"a","refusal":null},{"role":"user","content":[{"type":"text","text":"p"},{"type":"text","text":"r"}]}]}"#,
      #"{"method":"POST","url":"/v1/chat/completions","body":{"messages":[{"role":"system","content":"S"},{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":[{"type":"text","text":"p"},{"type":"text","text":"r"}]}]}}"#,
    ]
    let expected = try prompt([.system("S"), .user("q"), .assistant("a"), .user("p\nr")])
    #expect(try requests(lines).map(\.promptTokenIDs) == [expected, expected, expected])
  }

  @Test("--chat and --system reach bare prompts and conversations without a system text, and nothing else")
  func chatOptions() throws {
    var job = TestJob()
    job.parser = LineParser(system: "S")
    let lines = [
      #"{"prompt":"p"}"#, #"{"system":"own","prompt":"p"}"#, #"{"messages":[{"role":"user","content":"p"}]}"#,
      completion,
      #"{"prompt_token_ids":[5]}"#,
    ]
    let prompts = try requests(lines, job).map(\.promptTokenIDs)
    #expect(prompts[0] == (try prompt([.system("S"), .user("p")])))
    #expect(prompts[1] == (try prompt([.system("own"), .user("p")])))
    #expect(prompts[2] == prompts[0])
    #expect(prompts[3].count == 1)
    #expect(prompts[4] == [5])
  }

  @Test("a long native chat is cut and says so; an OpenAI one is refused, unless a budget was given")
  func budgets() throws {
    let long = String(repeating: "x", count: 600)
    let native = #"{"prompt":"\#(long)","history":[]}"#
    let openAI =
      #"{"method":"POST","url":"/v1/chat/completions","body":{"messages":[{"role":"user","content":"\#(long)"}]}}"#
    let outcome = try TestJob().run(native + "\n" + openAI)
    #expect(outcome.progress.errorLineCount == 1)
    #expect(
      outcome.lines.contains { $0.contains("context_length_exceeded") && $0.contains("\"status_code\":400") })
    let history = outcome.objects.compactMap { $0["history"] as? [String: Int] }
    #expect(history.count == 1 && history[0]["user_tokens_cut"]! > 0)
    var job = TestJob()
    job.prompts.historyTokenBudget = 100
    #expect(try job.run(openAI).progress.errorLineCount == 0)
  }

  @Test(
    "of rounds that could never fit only the newest are read, all are counted, and the prompt is the same")
  func roundLimit() throws {
    let rounds = (0..<700).map { "[\"q\($0)\",\"a\($0)\"]" }
    func line(_ rounds: some Sequence<String>) -> String {
      #"{"prompt":"p","max_tokens":9,"history":[\#(rounds.joined(separator: ","))]}"#
    }
    var job = TestJob()
    let unlimited = try #require(try requests([line(rounds)], job).first)
    let kept = try #require(unlimited.history?.roundsKept)
    #expect(kept > 5)
    for limit in [1, kept - 1, kept, 349, 350, 351, 512, 699, 700, 701] {
      job.engine = ScriptedEngine()
      job.parser.defaults.roundLimit = limit
      let request = try #require(try requests([line(rounds)], job).first)
      #expect(request.history?.roundsKept == min(kept, limit))
      #expect(request.history?.roundsDropped == 700 - min(kept, limit))
      if limit >= kept { #expect(request.promptTokenIDs == unlimited.promptTokenIDs) }
    }
    // What is wrong with a round that is not read is found all the same.
    job.parser.defaults.roundLimit = 2
    for (round, told) in [
      ("[\"a\"]", "history[1]: found 1 texts"), ("[\"a\",1]", "history[1][1]: found 1, expected a string"),
      ("1", "history[1]: found 1, expected a pair"), ("[\"a\",\"b\",\"c\"]", "history[1]: found 3 texts"),
    ] {
      let outcome = try job.run(line(rounds[..<1] + [round] + rounds[1...]))
      #expect(outcome.lines.first?.contains(told) == true, "\(outcome.lines)")
    }
  }

  @Test("an OpenAI chat line is answered with a ChatCompletion whose ids come from its content")
  func chatCompletion() throws {
    let line =
      #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"model":"m\u00e9","messages":[{"role":"user","content":"p"}],"max_tokens":1,"user":"u","store":true,"top_k":5,"stream":false,"tools":null,"response_format":{"type": "text"}}}"#
    let answer = try #require(try TestJob().run(line).lines.first)
    let name = try #require(answer.split(separator: "\"")[3].split(separator: "_").last)
    #expect(name.count == 32)
    #expect(
      answer
        == #"{"id":"batch_req_\#(name)","custom_id":"c","response":{"status_code":200,"request_id":"req_\#(name)","body":"#
        + #"{"id":"chatcmpl-\#(name)","object":"chat.completion","created":0,"model":"m\u00e9","choices":[{"index":0,"#
        + #""message":{"role":"assistant","content":"\n","refusal":null},"logprobs":null,"finish_reason":"length","stop_reason":null}],"#
        + #""usage":{"prompt_tokens":\#(try prompt([.user("p")]).count),"completion_tokens":1,"total_tokens":\#(try prompt([.user("p")]).count + 1)}}},"error":null}"#
    )
  }

  @Test("a model without chat format answers raw prompts and refuses chats with the reason")
  func noChat() throws {
    var job = TestJob()
    job.prompts = TestModel.prompts(hasChat: false)
    let outcome = try job.run("{\"prompt\":\"p\"}\n{\"prompt\":\"p\",\"system\":\"s\"}")
    #expect(outcome.progress.answeredLineCount == 1)
    #expect(outcome.lines.contains { $0.contains("no_chat_format") && $0.contains("no chat template") })
  }
}
