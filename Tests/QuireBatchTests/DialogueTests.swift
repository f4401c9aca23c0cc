import Foundation
import QuireEngine
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Dialogues: lines that ask for a turn after the other")
struct DialogueTests {
  private static func line(_ id: Int, _ turns: [String], _ more: String = "") -> String {
    let list = turns.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"id":\#(id),"turns":[\#(list)],"max_tokens":5\#(more)}"#
  }

  private func prepared(
    _ messages: [ChatMessage], _ settings: ChatSettings = ChatSettings()
  ) throws
    -> PreparedRequest
  {
    try TestModel.prompts().prepare(
      .conversation(messages, settings), params: SamplingParams(maxTokens: 5))
  }

  private func messages(_ object: [String: Any]) throws -> [ChatMessage] {
    try #require(object["messages"] as? [[String: String]]).map {
      ChatMessage(role: ChatMessage.Role(rawValue: $0["role"]!), content: $0["content"]!)
    }
  }

  @Test(
    "each turn is asked behind all that was said, and the whole conversation comes back",
    arguments: [false, true])
  func conversation(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    job.parts = [.tokenIDs, .promptTokenIDs]
    let line =
      #"{"id":"d","system":"S","history":[["a","b"]],"turns":["one",{"role":"user","content":"two"},"three"],"#
      + #""max_tokens":5,"topic":7}"#
    let outcome = try job.run(line)
    let object = try #require(outcome.objects.first)
    #expect(object["custom_id"] as? String == "d" && object["error"] is NSNull)
    #expect((object["metadata"] as? [String: Int]) == ["topic": 7])
    let messages = try messages(object)
    #expect(
      messages.map(\.role.rawValue) == ["system", "user", "assistant"]
        + [["user", "assistant"], ["user", "assistant"], ["user", "assistant"]].flatMap { $0 })
    #expect(messages.filter { $0.role == .user }.map(\.content) == ["a", "one", "two", "three"])
    let turns = try #require(object["turns"] as? [[String: Any]])
    #expect(turns.count == 3 && turns.map { $0["index"] as? Int } == [0, 1, 2])
    var promptCount = 0
    for (number, turn) in turns.enumerated() {
      // The prompt is that of the messages so far, asked alone.
      let before = Array(messages.prefix(4 + 2 * number))
      let request = try prepared(before)
      #expect(turn["prompt_token_ids"] as? [Int32] == request.promptTokenIDs)
      #expect(job.engine.added[number].promptTokenIDs == request.promptTokenIDs)
      promptCount += request.promptTokenIDs.count
      #expect(turn["text"] as? String == messages[before.count].content)
      #expect(turn["finish_reason"] as? String == "length" && (turn["token_ids"] as? [Int])?.count == 5)
      #expect(
        (turn["usage"] as? [String: Int]) == [
          "prompt_tokens": request.promptTokenIDs.count, "completion_tokens": 5,
        ])
      #expect((turn["history"] as? [String: Int])?["rounds_kept"] == number + 1)
    }
    #expect((object["usage"] as? [String: Int]) == ["prompt_tokens": promptCount, "completion_tokens": 15])
    #expect(outcome.progress.promptTokenCount == promptCount && outcome.progress.outputTokenCount == 15)
    #expect(outcome.progress.begunLineCount == 1 && outcome.progress.answeredLineCount == 1)
  }

  @Test(
    "the first turn draws what the line would draw as messages, each later one its own; a seed is every turn's"
  )
  func keys() throws {
    let job = TestJob()
    _ = try job.run(
      [
        Self.line(1, ["a", "b", "c"]), #"{"id":2,"turns":["a","b"],"seed":9,"max_tokens":5}"#,
      ].joined(separator: "\n"))
    let alone = TestJob()
    _ = try alone.run(#"{"id":1,"messages":[{"role":"user","content":"a"}],"max_tokens":5}"#)
    let keys = job.engine.added.filter { $0.params.seed == nil }.map(\.randomKey)
    #expect(keys.count == 3 && Set(keys).count == 3 && keys[0] == alone.engine.added[0].randomKey)
    #expect(job.engine.added.filter { $0.params.seed == 9 }.count == 2)
  }

  @Test("budget and rounds hold for each turn, and each says what it lost")
  func budgets() throws {
    var job = TestJob()
    job.prompts.historyTokenBudget = 130
    let long = String(repeating: "x", count: 60)
    let object = try #require(try job.run(Self.line(1, ["a", long, "b", "c"])).objects.first)
    let turns = try #require(object["turns"] as? [[String: Any]])
    let kept = turns.map { ($0["history"] as! [String: Int]) }
    #expect(kept.map { $0["rounds_kept"]! + $0["rounds_dropped"]! } == [0, 1, 2, 3])
    #expect(kept[3]["rounds_dropped"]! > 0)
    let whole = try messages(object)
    #expect(whole.count == 8 && whole[2].content == long)
    let few = try #require(
      try TestJob().run(Self.line(1, ["a", "b", "c"], #","history_length":1"#)).objects.first)
    let rounds = (few["turns"] as! [[String: Any]]).map { ($0["history"] as! [String: Int])["rounds_kept"] }
    #expect(rounds == [0, 1, 1])
  }

  @Test(
    "what could not be a dialogue is refused by name",
    arguments: [
      (#"{"turns":[]}"#, "turns: found an empty list, expected a turn"),
      (#"{"turns":"Hi"}"#, #"turns: found "Hi", expected a list of a user's turns"#),
      (#"{"turns":["a",7]}"#, "turns[1]: found 7, expected a string, or a message of the user"),
      (
        #"{"turns":["a",{"role":"assistant","content":"b"}]}"#,
        #"turns[1].role: found "assistant", expected "user""#
      ),
      (#"{"turns":["a",{"role":"user"}]}"#, "turns[1]: the content is missing"),
      (#"{"turns":["a"],"prompt":"b"}"#, "found prompt and turns, expected one of them"),
      (
        #"{"turns":["a"],"messages":[{"role":"user","content":"b"}]}"#,
        "found messages and turns, expected one of them"
      ),
      (#"{"turns":["a"],"n":2}"#, "n: found 2 beside turns, expected 1"),
      (#"{"turns":["a"],"sampling_params":{"detokenize":false}}"#, "detokenize: found false beside turns"),
      (#"{"turns":["a"],"continue_final_message":true}"#, "found continue_final_message true beside turns"),
      (#"{"turns":["a"],"add_generation_prompt":false}"#, "found add_generation_prompt false beside turns"),
      (#"{"turns":["a"],"history_length":-1}"#, "history_length: found -1"),
      (
        #"{"system":"s"}"#,
        "found no prompt, expected one of prompt, prompt_token_ids, messages, turns and score"
      ),
      ("{\"turns\":[\(String(repeating: "\"a\",", count: 1024))\"b\"]}", "turns: found more than 1024 turns"),
    ])
  func refused(line: String, message: String) throws {
    let outcome = try TestJob().run(line)
    let error = try #require(outcome.objects[0]["error"] as? [String: Any])
    #expect((error["message"] as? String)?.contains(message) == true, "\(error)")
  }

  @Test(
    "a value of turns that is no list is metadata beside a prompt, and a list is native whatever stands beside it"
  )
  func metadata() throws {
    let outcome = try TestJob().run(
      [
        #"{"prompt":"ab","turns":3}"#, #"{"prompt":"ab","turns":null}"#,
        #"{"turns":["a"],"url":"u","max_tokens":2}"#,
      ]
      .joined(separator: "\n"))
    #expect(outcome.object(ofLine: 1)?["metadata"] as? [String: Int] == ["turns": 3])
    #expect((outcome.object(ofLine: 2)?["metadata"] as? [String: Any])?["turns"] is NSNull)
    #expect(outcome.object(ofLine: 3)?["metadata"] as? [String: String] == ["url": "u"])
    #expect((outcome.object(ofLine: 3)?["turns"] as? [Any])?.count == 1)
  }

  private static let mixed: [String] = (0..<40).map { number in
    switch number % 4 {
    case 0: line(number, ["a", "bc", "d"])
    case 1: #"{"id":\#(number),"prompt":"ab\#(number)"}"#
    case 2: line(number, (0..<1 + number % 7).map { "t\($0)" })
    default: number % 8 == 3 ? "{" : line(number, ["same", "again"], #","temperature":0"#)
    }
  }

  @Test("among other lines each has the bytes that it has alone", arguments: [false, true], [false, true])
  func interleaved(isThreaded: Bool, isOrdered: Bool) throws {
    var job = TestJob()
    job.options = JobLoop.Options(maxSequenceCount: 4)
    (job.options.isThreaded, job.options.isOrdered) = (isThreaded, isOrdered)
    let outcome = try job.run(Self.mixed.joined(separator: "\n"))
    #expect(outcome.end == .complete && outcome.lines.count == 40 && outcome.progress.errorLineCount == 5)
    #expect(outcome.progress.inFlightLineCount == 0 && outcome.progress.droppedLineCount == 0)
    if isOrdered { #expect(outcome.objects.map { $0["index"] as? Int } == Array(0..<40)) }
    for (number, line) in Self.mixed.enumerated() where number % 3 == 0 {
      let alone = try TestJob().run(String(repeating: "\n", count: number) + line).lines[0]
      #expect(outcome.lines.contains(alone))
    }
    // Equal dialogues are computed once: 5 of two turns.
    #expect(outcome.progress.foldedLineCount == 4)
  }

  @Test(
    "a turn that cannot be answered makes an error line with what was answered before",
    arguments: [false, true])
  func failedTurn(isThreaded: Bool) throws {
    let line = Self.line(1, ["a", "bb", "c"], #","temperature":0"#)
    // The second turn's prompt never fits the cache.
    var job = TestJob.threaded(isThreaded)
    let lengths = { (job: TestJob) in job.engine.added.map(\.promptTokenIDs.count) }
    _ = try job.run(line)
    let counts = lengths(job)
    for isRefused in [true, false] {
      job = TestJob.threaded(isThreaded)
      job.engine = ScriptedEngine(cacheTokenCount: isRefused ? counts[1] + 4 : 100_000)
      if !isRefused { job.engine.failingPromptTokenCount = counts[1] }
      let outcome = try job.run(
        [line, #"{"id":2,"prompt":"ab","max_tokens":2}"#, line.replacing("\"id\":1", with: "\"id\":3")]
          .joined(
            separator: "\n"))
      #expect(outcome.progress.answeredLineCount == 1 && outcome.progress.errorLineCount == 2)
      for number in [1, 3] {
        let object = try #require(outcome.object(ofLine: number))
        let error = try #require(object["error"] as? [String: Any])
        #expect(error["code"] as? String == (isRefused ? "context_length_exceeded" : "generation_failed"))
        #expect((error["message"] as? String)?.hasPrefix("turns[1]: ") == true)
        #expect((object["turns"] as? [Any])?.count == 1 && (object["messages"] as? [Any])?.count == 2)
      }
      // The second one follows the first.
      #expect(job.engine.added.count == (isRefused ? 2 : 3))
    }
  }

  @Test("no more errors than are put up with, dialogues under way included")
  func errorLimit() throws {
    var job = TestJob.threaded(true)
    job.options.maxErrorCount = 0
    let outcome = try job.run([Self.line(1, ["a", "b", "c"]), "{"].joined(separator: "\n"))
    #expect(outcome.end == .tooManyErrors)
    #expect((outcome.object(ofLine: 1)?["turns"] as? [Any])?.count == 3)
  }
}
