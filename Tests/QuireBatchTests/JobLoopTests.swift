import QuireRequests
import Foundation
import Testing

@testable import QuireBatch

@Suite struct JobLoopTests {
  @Test("a native line is answered with the keys of the contract, in its order")
  func nativeAnswer() throws {
    let outcome = try TestJob().run(#"{"id": "a", "prompt": "abc", "max_tokens": 2}"#)
    #expect(
      outcome.lines == [
        #"{"custom_id":"a","index":0,"outputs":[{"index":0,"text":"cb","finish_reason":"length","stop_reason":null}],"#
          + #""usage":{"prompt_tokens":3,"completion_tokens":2},"error":null}"#
      ])
    #expect(outcome.end == .complete)
  }

  @Test("token ids are there when they are asked for, and only then")
  func includes() throws {
    let job = TestJob(parts: [.tokenIDs, .promptTokenIDs])
    let line = try #require(try job.run(#"{"prompt_token_ids": [65, 66], "max_tokens": 1}"#).lines.first)
    #expect(
      line
        == #"{"custom_id":null,"index":0,"outputs":[{"index":0,"text":"c","token_ids":[66],"finish_reason":"length","#
        + #""stop_reason":null}],"prompt_token_ids":[65,66],"usage":{"prompt_tokens":2,"completion_tokens":1},"error":null}"#
    )
  }

  @Test(
    "ids are echoed as they were typed",
    arguments: ["\"x\\u0041\"", "7", "1.0", "12345678901234567890123", "\"é\""])
  func ids(id: String) throws {
    for name in ["id", "custom_id"] {
      let line = try #require(try TestJob().run("{\"prompt\":\"p\",\"\(name)\": \(id) }").lines.first)
      #expect(line.hasPrefix("{\"custom_id\":\(id),\"index\":0,"))
    }
  }

  @Test(
    "fields of bodies that change no answer are told of once a run, each by its name",
    arguments: [true, false])
  func fieldsWithoutEffect(isThreaded: Bool) throws {
    func line(_ fields: String) -> String {
      #"{"custom_id":"\#(fields.count)","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"p""#
        + fields + "}}\n"
    }
    let plain = try TestJob.threaded(isThreaded).run(line(""))
    #expect(plain.progress.fieldsWithoutEffect.isEmpty)
    let input =
      line(#","user":"u","session_id":"s""#)
      + line(#","user":"v","prediction":null,"prompt_cache_options":{}"#)
    let outcome = try TestJob.threaded(isThreaded).run(input)
    #expect(outcome.progress.answeredLineCount == 2)
    #expect(outcome.progress.fieldsWithoutEffect == ["user", "session_id", "prompt_cache_options"])
  }

  @Test("unknown keys are carried under metadata in their order, byte for byte")
  func metadata() throws {
    let line =
      #"{"z": [1,  2.50,{"b":1e0}], "prompt": "p", "url":"http:\/\/x", "k\u0041y" : "\u00e9" , "metadata": null}"#
    let answer = try #require(try TestJob().run(line).lines.first)
    #expect(
      answer.contains(
        #","metadata":{"z":[1,  2.50,{"b":1e0}],"url":"http:\/\/x","k\u0041y":"\u00e9","metadata":null},"error":null}"#
      ))
  }

  @Test("an error line carries id, index, metadata and line number, and no outputs")
  func errorLine() throws {
    let line = "\n" + #"{"id":5,"prompt":7,"tag":"t"}"#
    #expect(
      try TestJob().run(line).lines == [
        #"{"custom_id":5,"index":1,"metadata":{"tag":"t"},"error":{"code":"invalid_type","#
          + #""message":"prompt: found 7, expected a string","line":2}}"#
      ])
  }

  @Test("answers come as lines finish; ordered, they keep the order of the input", arguments: [false, true])
  func order(isThreaded: Bool) throws {
    let input = ["abcdefgh", "a", "", "abc", "oops"].enumerated().map { index, prompt in
      switch prompt {
      case "": return ""
      case "oops": return "{"
      default: return "{\"prompt\":\"\(prompt)\"}"
      }
    }.joined(separator: "\n")
    let unordered = try TestJob.threaded(isThreaded).run(input)
    #expect(unordered.objects.map { $0["index"] as? Int } == [4, 1, 3, 0])
    var job = TestJob.threaded(isThreaded)
    job.options.isOrdered = true
    let ordered = try job.run(input)
    #expect(ordered.objects.map { $0["index"] as? Int } == [0, 1, 3, 4])
    #expect(Set(ordered.lines) == Set(unordered.lines))
  }

  @Test("the same input gives the same bytes a line, whatever the batch")
  func reproducible() throws {
    let input = (0..<50).map { #"{"prompt":"\#(String(repeating: "ab", count: 1 + $0 % 7))","n\#($0)":0}"# }
      .joined(separator: "\n")
    let sets = try [1, 3, 50].map { limit in
      Set(try TestJob(engine: ScriptedEngine(sequenceLimit: limit)).run(input).lines)
    }
    #expect(sets[0].count == 50)
    #expect(sets.allSatisfy { $0 == sets[0] })
  }

  @Test(
    "requests under way stay within the window, and so do the lines that wait for their turn",
    arguments: [false, true])
  func bounds(isThreaded: Bool) throws {
    let lines = (0..<2_000).map { #"{"prompt":"\#($0 == 0 ? String(repeating: "x", count: 400) : "ab")"}"# }
    for isOrdered in [false, true] {
      var job = TestJob.threaded(isThreaded)
      job.options.windowLineCount = 16
      job.options.openLineCount = 64
      job.options.isOrdered = isOrdered
      var mostInFlight = 0
      job.observe = { mostInFlight = max(mostInFlight, $0.inFlightLineCount) }
      let outcome = try job.run(lines.joined(separator: "\n"))
      #expect(outcome.lines.count == 2_000)
      #expect(job.engine.largestRequestCount == 16)
      #expect(mostInFlight <= 64)
      if isOrdered { #expect(outcome.objects.map { $0["index"] as! Int } == Array(0..<2_000)) }
    }
  }

  @Test("an answer is written before the input of a pipe ends", arguments: [false, true])
  func streaming(isThreaded: Bool) throws {
    let pipe = TestPipe()
    let directory = TemporaryDirectory()
    var writtenBeforeEnd: Int?
    var job = TestJob.threaded(isThreaded)
    pipe.write(Array("{\"prompt\":\"first\"}\n".utf8))
    job.observe = { progress in
      guard progress.answeredLineCount == 1, writtenBeforeEnd == nil else { return }
      writtenBeforeEnd = directory.content("out.jsonl").count
      pipe.write(Array("{\"prompt\":\"second\"}".utf8))
      pipe.closeWriteEnd()
    }
    let outcome = try job.run(descriptor: pipe.readEnd, directory)
    #expect(writtenBeforeEnd ?? 0 > 0)
    #expect(outcome.lines.count == 2)
  }

  @Test("an id used before is an error line that names both lines")
  func duplicateIDs() throws {
    let openAI =
      #"{"custom_id":"a","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"p"}}"#
    let outcome = try TestJob().run(
      #"{"id":"a","prompt":"p"}"# + "\n" + #"{"custom_id":"a","prompt":"q"}"# + "\n" + openAI)
    let error = try #require(outcome.object(ofLine: 2)?["error"] as? [String: Any])
    #expect(error["code"] as? String == "duplicate_id")
    #expect((error["message"] as? String)?.contains("line 2 was used before, in line 1") == true)
    #expect(
      outcome.lines.contains {
        $0.contains("\"status_code\":400") && $0.contains("line 3 was used before, in line 1")
      })
    #expect(outcome.progress.errorLineCount == 2)
  }

  @Test("more error lines than allowed end the job, and finish what is under way", arguments: [false, true])
  func maxErrors(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    job.options.maxErrorCount = 1
    let input = (["{\"prompt\":\"abc\"}", "x", "y"] + (0..<100).map { _ in "{\"prompt\":\"z\"}" }).joined(
      separator: "\n")
    let outcome = try job.run(input)
    #expect(outcome.end == .tooManyErrors)
    #expect(outcome.progress.errorLineCount == 2)
    #expect(outcome.object(ofLine: 1)?["error"] is NSNull)
    #expect(outcome.lines.count == 3)
    job.options.maxErrorCount = 2
    #expect(try job.run(input).end == .complete)
  }

  @Test("an interrupted job takes no more lines, writes what finishes", arguments: [false, true])
  func interruption(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    let engine = job.engine
    job.options.windowLineCount = 8
    job.isInterrupted = { engine.stepCount >= 2 }
    let input = (0..<1_000).map { _ in "{\"prompt\":\"abcd\"}" }.joined(separator: "\n")
    let outcome = try job.run(input)
    #expect(outcome.end == .interrupted)
    #expect(outcome.lines.count == 8)
    #expect(engine.aborted.isEmpty)

    job.engine = ScriptedEngine()
    job.isInterrupted = { true }
    #expect(try job.run(input).lines.isEmpty)
  }

  @Test(
    "lines that do not finish within the grace period are dropped, and whole lines stay",
    arguments: [false, true])
  func gracePeriod(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    let engine = job.engine
    job.options.gracePeriod = .zero
    job.options.isOrdered = true
    job.isInterrupted = { engine.stepCount >= 2 }
    let outcome = try job.run(
      (0..<8).map { "{\"prompt\":\"\($0 == 0 ? "abcdef" : "a")\"}" }.joined(separator: "\n"))
    #expect(engine.aborted == [0, 7])
    #expect(outcome.objects.map { $0["index"] as! Int } == [1, 2, 3, 4, 5, 6])
  }

  @Test(
    "lines count when they are written, and those that could not be are dropped", arguments: [false, true])
  func countsOfFailedJob(isOrdered: Bool) throws {
    signal(SIGPIPE, SIG_IGN)
    let directory = TemporaryDirectory()
    let path = directory.path + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    var job = TestJob()
    job.options.isOrdered = isOrdered
    job.engine.beforeStep = { if $0 == 3 { close(reader) } }
    let output = try OutputFile(path: path, overwrite: true, readFiles: [])
    let prompts = ["a", "abcd", "b", "abcd", "abcdefgh"].map { "{\"prompt\":\"\($0)\"}\n" } + ["x\n"]
    let input = try InputFile(path: directory.file("in.jsonl", Array(prompts.joined().utf8)))
    let batch = job.job(descriptor: input.descriptor, output)
    #expect(throws: JobError.self) { try batch.run() }
    let progress = batch.progress
    // In order, the second line holds up all behind it.
    #expect(progress.answeredLineCount == (isOrdered ? 1 : 2))
    #expect(progress.errorLineCount == (isOrdered ? 0 : 1))
    #expect(progress.errorLineCounts == (isOrdered ? [:] : ["invalid_json": 1]))
    #expect(progress.droppedLineCount == (isOrdered ? 5 : 3))
    #expect(progress.promptTokenCount == progress.answeredLineCount)
    #expect(progress.outputTokenCount == progress.answeredLineCount)
  }

  @Test("a request that can never fit the cache is an error line")
  func refusal() throws {
    let job = TestJob(engine: ScriptedEngine(cacheTokenCount: 20))
    let outcome = try job.run(
      "{\"prompt\":\"abc\",\"max_tokens\":30}\n{\"prompt\":\"abc\",\"max_tokens\":10}")
    let error = try #require(outcome.object(ofLine: 1)?["error"] as? [String: Any])
    #expect(error["code"] as? String == "context_length_exceeded")
    #expect(outcome.object(ofLine: 2)?["error"] is NSNull)
    let openAI = try job.run(
      #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"prompt":"abc","max_tokens":30}}"#)
    #expect(openAI.lines[0].contains(#""param":"max_tokens","code":"context_length_exceeded"}"#))
  }

  @Test("an engine that fails ends the job and says what was written", arguments: [false, true])
  func engineFailure(isThreaded: Bool) throws {
    struct Failure: Error {}
    let job = TestJob.threaded(isThreaded)
    job.engine.beforeStep = { if $0 == 2 { throw Failure() } }
    let error = #expect(throws: JobError.self) { try job.run("{\"prompt\":\"a\"}\n{\"prompt\":\"abc\"}") }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("1 whole lines") == true)
  }

  @Test("text input is a prompt a line, and a chat turn under --chat")
  func textInput() throws {
    var job = TestJob(parts: [.promptTokenIDs])
    job.parser.format = .text
    let outcome = try job.run("{\"prompt\": 1}\r\n\nzwei")
    #expect(outcome.objects.map { ($0["usage"] as? [String: Int])?["prompt_tokens"] } == [4, 13])
    job.parser.defaults.chatsBarePrompts = true
    #expect(try job.run("hi").objects[0]["history"] is [String: Int])
  }
}
