import Foundation
import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Completions of several prompts in one body")
struct SeveralPromptsTests {
  private static func line(_ id: String, _ prompt: String, _ more: String = "") -> String {
    #"{"custom_id":"\#(id)","method":"POST","url":"/v1/completions","body":{"prompt":\#(prompt),"max_tokens":5\#(more)}}"#
  }

  private func body(_ object: [String: Any]) throws -> [String: Any] {
    try #require((object["response"] as? [String: Any])?["body"] as? [String: Any])
  }

  /// The choices of lines that a real engine answers, without their indices.
  private func choices(_ lines: [String]) throws -> [[[String: Any]]] {
    var options = BatchJob.Options()
    options.isOrdered = true
    let model = try TinyModel()
    let job = try BatchJob(
      model: model.path, configuration: EngineConfiguration(maxNumSeqs: 4, threads: 1),
      options: options)
    var answers: [[[String: Any]]] = []
    _ = try job.run(lines) { answer in
      guard let object = try? JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any],
        let choices = try? body(object)["choices"] as? [[String: Any]]
      else { return }
      #expect(choices.map { $0["index"] as? Int } == choices.indices.map(Int?.some))
      answers.append(choices.map { $0.filter { $0.key != "index" } })
    }
    return withExtendedLifetime(model) { answers }
  }

  @Test(
    "each prompt has the choices that it has alone, at its place",
    arguments: [
      #","seed":4,"n":3"#, #","temperature":0,"echo":true,"logprobs":2"#,
      #","seed":1,"n":2,"stop":["a","e"],"prompt_logprobs":1"#,
      #","seed":1,"best_of":4,"n":2"#, #","use_beam_search":true,"n":2,"temperature":0"#,
      #","echo":true,"logprobs":0,"min_p":1"#,
    ])
  func alone(_ more: String) throws {
    let prompts = [#""ab""#, #""once upon a time""#, #""ab""#]
    let lines =
      [Self.line("all", "[\(prompts.joined(separator: ","))]", more)]
      + prompts.enumerated().map { Self.line("\($0.offset)", $0.element, more) }
    let answers = try choices(lines)
    #expect(answers.count == 4 && !answers[0].isEmpty)
    #expect(answers[0] as NSArray == answers[1...].flatMap { $0 } as NSArray)
  }

  @Test("without a seed the first prompt draws what the line would draw alone, each other one its own")
  func keys() throws {
    let more = #","n":2,"temperature":1"#
    let several = try choices([Self.line("a", #"["ab","ab","ab"]"#, more)])[0]
    let alone = try choices([Self.line("a", #""ab""#, more)])[0]
    #expect(Array(several[..<2]) as NSArray == alone as NSArray)
    let again = try choices([Self.line("b", #""x""#), Self.line("a", #"["ab","ab","ab"]"#, more)])[1]
    #expect(several as NSArray == again as NSArray)
    let job = TestJob()
    _ = try job.run(Self.line("a", #"["ab","ab","ab"]"#))
    #expect(Set(job.engine.added.map(\.randomKey)).count == 3)
  }

  @Test("they run side by side, and usage is the sum of theirs", arguments: [false, true])
  func sideBySide(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    job.parts = [.tokenIDs, .promptTokenIDs]
    let outcome = try job.run(Self.line("a", #"["ab","cde","f"]"#))
    #expect(job.engine.largestRequestCount == 3 && job.engine.stepCount == 3)
    let body = try body(try #require(outcome.objects.first))
    let choices = try #require(body["choices"] as? [[String: Any]])
    #expect(choices.map { $0["text"] as? String } == ["ba", "edc", "f"])
    #expect(choices.map { ($0["prompt_token_ids"] as? [Int])?.count } == [2, 3, 1])
    #expect(body["prompt_token_ids"] == nil)
    #expect(
      (body["usage"] as? [String: Int])
        == ["prompt_tokens": 6, "completion_tokens": 6, "total_tokens": 12])
    #expect(outcome.progress.promptTokenCount == 6 && outcome.progress.outputTokenCount == 6)
    #expect(outcome.progress.begunLineCount == 1 && outcome.progress.answeredLineCount == 1)
  }

  @Test("one prompt that is wrong refuses the line, and says which")
  func refused() throws {
    let job = TestJob()
    let long = String(repeating: "x", count: 600)
    let outcome = try job.run(
      [Self.line("a", #"["ab",7]"#), Self.line("b", #"["ab","\#(long)"]"#), Self.line("c", #"["ab","c"]"#)]
        .joined(separator: "\n"))
    for (number, name) in [(0, "a"), (1, "b")] {
      let object = try #require(outcome.objects.first { $0["custom_id"] as? String == name })
      let error = try #require(try body(object)["error"] as? [String: Any])
      #expect(error["param"] as? String == "prompt[1]", "line \(number)")
      #expect((error["message"] as? String)?.hasPrefix("prompt[1]: ") == true)
    }
    #expect(outcome.progress.answeredLineCount == 1 && job.engine.added.count == 2)
  }

  @Test("where the engine fails at one prompt the line is an error, and nobody computes the others")
  func failed() throws {
    let job = TestJob()
    job.engine.failingPromptTokenCount = 3
    let outcome = try job.run(
      [Self.line("a", #"["abcdefgh","abc","abcdefghi"]"#), Self.line("b", #"["ab","c"]"#)].joined(
        separator: "\n"))
    let object = try #require(outcome.objects.first { $0["custom_id"] as? String == "a" })
    let error = try #require(try body(object)["error"] as? [String: Any])
    #expect(error["code"] as? String == "generation_failed" && error["param"] as? String == "prompt[1]")
    #expect(job.engine.aborted.count == 2 && job.engine.unfinishedRequestCount == 0)
    #expect(outcome.progress.answeredLineCount == 1 && outcome.progress.errorLineCount == 1)
    // The others wait behind the one that fails.
    var narrow = TestJob()
    narrow.options.windowLineCount = 1
    narrow.options.fillLineCount = 1
    narrow.engine.failingPromptTokenCount = 3
    let line = Self.line("a", #"["abc","abcdefgh","abcdefghi"]"#)
    #expect(try narrow.run(line).progress.errorLineCount == 1)
    #expect(narrow.engine.added.count == 1)
  }

  @Test("equal lines are computed once, and what an earlier run has kept is not computed")
  func equal() throws {
    let lines = ["a", "b"].map { Self.line($0, #"["ab","cd"]"#, #","temperature":0"#) }
    let job = TestJob()
    let outcome = try job.run(
      (lines + [Self.line("c", #"["ab","ce"]"#, #","temperature":0"#)]).joined(separator: "\n"))
    #expect(job.engine.added.count == 4 && outcome.progress.foldedLineCount == 1)
    let texts = try ["a", "b"].map { id in
      try body(try #require(outcome.objects.first { $0["custom_id"] as? String == id }))["choices"]
        as? NSArray
    }
    #expect(texts[0] == texts[1])
    let cache = try AnswerCache(TemporaryDirectory().path)
    for isOrdered in [false, true] {
      var first = DialogueResumptionTests.Job(lines: lines + [Self.line("d", #"["x","yz"]"#)])
      first.isOrdered = isOrdered
      first.cache = cache
      let generated = try first.run().generated
      cache.flush()
      #expect(isOrdered ? generated == 0 : generated == 7)
    }
  }

  @Test(
    "go on in the middle, whatever step a death comes at, and no token is drawn twice",
    arguments: [false, true], [false, true])
  func deaths(isThreaded: Bool, isOrdered: Bool) throws {
    let lines = [
      Self.line("1", #"["abcdef","g","hij","klmno"]"#), #"{"id":2,"prompt":"abcdefgh","max_tokens":7}"#,
      Self.line("3", #"["uvw","xy"]"#, #","temperature":0"#),
      Self.line("4", #"["uvw","xy"]"#, #","temperature":0"#),
    ]
    func job() -> DialogueResumptionTests.Job {
      var job = DialogueResumptionTests.Job(lines: lines)
      (job.isThreaded, job.isOrdered) = (isThreaded, isOrdered)
      return job
    }
    let whole = job()
    let total = try whole.run().generated
    var continuedMost = 0
    for step in 1...9 {
      let died = job()
      let before = try died.run(dyingAt: step).generated
      let after = try died.run()
      #expect(died.answers == whole.answers, "a death at step \(step)")
      #expect(before + after.generated == total, "a death at step \(step)")
      continuedMost = max(continuedMost, after.continued)
    }
    // Whole answers of prompts among them.
    #expect(continuedMost > 10)
  }

  @Test("a real engine goes on, run after run, with the bytes of one run", arguments: [false, true])
  func interrupted(isOrdered: Bool) throws {
    let lines = (0..<6).map { number in
      let more = [
        "", #","logprobs":2"#, #","best_of":3"#, #","seed":4,"n":2,"echo":true"#,
        #","use_beam_search":true,"temperature":0,"n":2"#, #","temperature":0"#,
      ][number]
      return Self.line("\(number)", #"["a\#(number)","more","to the end"]"#, more).replacingOccurrences(
        of: #""max_tokens":5"#, with: #""max_tokens":\#(20 + 7 * number),"ignore_eos":true"#)
    }
    let job = InterruptedJob(
      lines, try TinyModel(contextLength: 512), isOrdered: isOrdered, maxNumBatchedTokens: 64)
    let whole = try job.run("expected")
    #expect(whole.progress.errorLineCount == 0 && whole.progress.answeredLineCount == 6)
    let results = try job.runAgainAndAgain(tokenCount: 200)
    #expect(results.reduce(0) { $0 + $1.progress.generatedTokenCount } == whole.progress.generatedTokenCount)
    #expect(results.count > 3 && job.written("out") == job.written("expected") && !job.hasJournal)
  }
}
