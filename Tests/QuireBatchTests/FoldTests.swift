import Foundation
import QuireEngine
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Equal lines are computed once") struct FoldTests {
  private func run(
    _ lines: [String], isThreaded: Bool = false, folds: Bool = true,
    _ change: (inout TestJob) -> Void = { _ in }
  ) throws -> (lines: [String], progress: JobProgress, engine: ScriptedEngine) {
    var job = TestJob.threaded(isThreaded)
    job.options.foldsEqualLines = folds
    change(&job)
    let sink = KeptLines()
    let loop = job.job(TextLines(IteratedTexts(lines)), sink)
    _ = try loop.run()
    return (sink.lines, loop.progress, job.engine)
  }

  @Test(
    "each of them has its own answer, of the bytes that it has without", arguments: [false, true],
    [false, true])
  func answers(isThreaded: Bool, isOrdered: Bool) throws {
    let prompts = ["abc", "abcdef", "a"]
    let lines = (0..<300).map { number in
      let prompt = prompts[number % 3]
      let seed = number % 2 == 0 ? #""temperature":0"# : #""seed":4"#
      return #"{"id":"\#(number)","prompt":"\#(prompt)",\#(seed),"row":\#(number)}"#
    }
    let folded = try run(lines, isThreaded: isThreaded) { $0.options.isOrdered = isOrdered }
    let plain = try run(lines, isThreaded: isThreaded, folds: false) { $0.options.isOrdered = isOrdered }
    #expect(folded.engine.added.count == 6 && folded.progress.foldedLineCount == 294)
    #expect(plain.engine.added.count == 300 && plain.progress.foldedLineCount == 0)
    #expect(isOrdered ? folded.lines == plain.lines : Set(folded.lines) == Set(plain.lines))
    #expect(folded.lines.count == 300)
    #expect(folded.progress.outputTokenCount == plain.progress.outputTokenCount)
  }

  @Test(
    "lines whose answers may differ are computed each for itself",
    arguments: [
      #"{"prompt":"abd","temperature":0}"#, #"{"prompt":"abc"}"#,
      #"{"prompt":"abc","temperature":0,"max_tokens":2}"#,
      #"{"prompt":"abc","seed":1}"#, #"{"prompt":"abc","seed":2}"#,
      #"{"prompt":"abc","temperature":0,"logprobs":0}"#,
      #"{"prompt":"abc","temperature":0,"stop":"x"}"#, #"{"prompt":"abc","temperature":0,"stop":["x","y"]}"#,
      #"{"prompt":"abc","temperature":0,"bad_words":["x"]}"#,
      #"{"prompt":"abc","temperature":0,"ignore_eos":true}"#,
      #"{"prompt":"abc","temperature":0,"logit_bias":{"3":1}}"#,
      #"{"prompt":"abc","temperature":0,"min_tokens":2}"#,
      #"{"prompt":"abc","temperature":0,"structured_outputs":{"regex":"[a-z]+"}}"#,
      #"{"prompt":"abc","temperature":0,"structured_outputs":{"choice":["[a-z]+"]}}"#,
      #"{"prompt":"abc","temperature":0,"system":""}"#,
    ])
  func differences(line: String) throws {
    let first = #"{"prompt":"abc","temperature":0}"#
    #expect(try run([first, line]).engine.added.count == 2)
  }

  @Test("what has no effect on the answer keeps no lines apart")
  func same() throws {
    let lines = [
      #"{"prompt":"abc","temperature":0}"#, #"{"prompt":"abc","temperature":0,"seed":7,"x":1}"#,
      #"{"prompt":"abc","temperature":0,"top_p":0.5,"id":9}"#,
      #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"prompt":"abc","temperature":0,"max_tokens":1024}}"#,
    ]
    #expect(try run(lines).engine.added.count == 1)
  }

  @Test("lines without a seed of their own draw each their own numbers")
  func unseeded() throws {
    let line = #"{"prompt":"abc","temperature":1}"#
    #expect(try run([line, line, line]).engine.added.count == 3)
  }

  @Test("lines equal to one that fails are error lines each, and count", arguments: [false, true])
  func failures(isThreaded: Bool) throws {
    let lines = (0..<10).map { #"{"id":\#($0),"prompt":"ab","temperature":0}"# }
    let failed = try run(lines, isThreaded: isThreaded) { $0.engine.failingPromptTokenCount = 2 }
    #expect(failed.progress.errorLineCounts == ["generation_failed": 10])
    #expect(failed.engine.added.count == 1)
  }

  @Test("what was drawn for equal lines is kept until the last of them is written", arguments: [false, true])
  func draws(isOrdered: Bool) throws {
    var lines = (0..<6).map { #"{"id":\#($0),"prompt":"abcdef","temperature":0}"# }
    lines.insert(#"{"id":9,"prompt":"other","temperature":0}"#, at: 3)
    var job = TestJob()
    job.options.isOrdered = isOrdered
    let sink = KeptLines()
    _ = try job.job(TextLines(IteratedTexts(lines)), sink).run()
    let answers = sink.lines.filter { !$0.contains(#""custom_id":9,"#) }
    // A death among them leaves a line for which something was drawn: the one that was computed, or those that have to come
    // behind it and have its draws.
    let isFirst = answers.first!.contains(#""custom_id":"0""#) || answers.first!.contains(#""custom_id":0,"#)
    #expect(answers.count == 6 && isFirst == isOrdered)
    #expect(sink.sharedCount == (isOrdered ? 5 : 0))
  }

  @Test("a line that follows goes on from what was drawn for the one before it", arguments: [false, true])
  func continuedFollowers(folds: Bool) throws {
    let directory = TemporaryDirectory()
    let lines = (0..<3).map { #"{"id":\#($0),"prompt":"abcdefgh","temperature":0}"# }
    let identity = JobIdentity(
      arithmeticVersion: 1, instructionSet: nil, modelName: "m", files: [], options: [])
    func open() throws -> DurableOutput {
      guard
        case .durable(let output) = try JobOutput(
          path: directory.path + "/out", options: .init(), readFiles: [], calls: FailingCalls.fast)
      else { fatalError("a stream") }
      try output.adopt(JobManifest(version: "1", identity: identity, inputs: []))
      return output
    }
    /// Dies with the first line in the output, some of whose tokens were noted; returns how many it has.
    func die() throws -> Int {
      let dying = DyingOutput(try open(), writtenCount: 1)
      var job = TestJob()
      job.options.isOrdered = true
      // What the loop has gathered is handed over four times a second.
      job.engine.beforeStep = { step in if step == 3 { usleep(260_000) } }
      #expect(throws: (any Error).self) { try job.job(TextLines(IteratedTexts(lines)), dying).run() }
      #expect(dying.lineCount == 1)
      return job.engine.generatedTokenCount
    }
    let tokenCount = try die()
    let output = try open()
    // Those of the first line, which is written, are the others' own.
    let notedCount = try #require(output.unfinished).tokenCount
    // A job that waits for a processor notes more.
    #expect(output.unfinished?.lineCount == 3 && notedCount >= 9 && notedCount % 3 == 0 && tokenCount > 3)
    var job = TestJob()
    job.options.foldsEqualLines = folds
    let loop = JobLoop(
      source: TextLines(IteratedTexts(lines)), parser: job.parser, preparer: RequestPreparer(job.prompts),
      encoder: AnswerEncoder(modelName: TestModel.name, tokenizer: TestModel.tokenizer), engine: job.engine,
      sink: output, resumption: output.resumption, runSeed: 0, options: job.options)
    _ = try loop.run()
    #expect(job.engine.generatedTokenCount == (folds ? 1 : 2) * (tokenCount - notedCount / 3))
    let text = String(decoding: directory.content("out"), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 3)
  }

  @Test("the answers kept for later lines are bounded, the latest ones stay")
  func bound() throws {
    let table = FoldTable(byteLimit: 10_000)
    var digester = RequestDigester()
    let digests = try (0..<100).map { number in
      digester.digest(
        of: try TestModel.prompts().prepare(
          .text("number \(number)"), params: SamplingParams(temperature: 0, maxTokens: 4)))
    }
    #expect(Set(digests).count == 100)
    let output = RequestOutput(
      promptTokenIDs: [1],
      outputs: [CompletionOutput(index: 0, text: "x", tokenIDs: [2], finishReason: .stop)])
    let line = LineUnderWay(
      ticket: 0, line: NativeLine(),
      place: LinePlace(InputLine(index: 0, content: .bytes([])), contentWords: .zero), origin: .unused,
      footprint: LineFootprint(contentByteCount: 0, request: nil), digest: nil)
    var known: [Int] = []
    for (number, digest) in digests.enumerated() {
      guard case .leads = table.join(digest, { line }) else {
        Issue.record("a request is taken for another")
        return
      }
      #expect(table.finish(digest, ClosedLine(line: line, outcome: .finished(.success(output)))).isEmpty)
      known.append(number)
    }
    let kept = digests.indices.filter { number in
      if case .known = table.join(digests[number], { line }) { true } else { false }
    }
    #expect((10...20).contains(kept.count))
    #expect(kept == Array(100 - kept.count..<100))
  }

  @Test("every parameter has a part in the digest: the table of parameters is whole")
  func everyParameter() {
    #expect(Mirror(reflecting: SamplingParams()).children.count == SamplingRow.all.count)
  }
}

/// Keeps the lines of a job.
private final class KeptLines: LineSink {
  private(set) var lines: [String] = []
  private(set) var sharedCount = 0
  var lineCount: Int { lines.count }
  func begin() {}
  func write(_ line: FinishedLine) {
    lines.append(String(decoding: line.bytes, as: UTF8.self))
  }
  func record(_ entries: [JournalEntry]) {
    for case .share in entries { sharedCount += 1 }
  }
  func finish(_ end: JobEnd) -> LineCounts? { nil }
}

/// An output that no line reaches any more after some.
private final class DyingOutput: LineSink {
  private let output: DurableOutput
  private let writtenCount: Int

  init(_ output: DurableOutput, writtenCount: Int) {
    self.output = output
    self.writtenCount = writtenCount
  }

  var lineCount: Int { output.lineCount }
  var unfinished: UnfinishedLines? { output.unfinished }
  func begin() throws(IOError) { try output.begin() }
  func record(_ entries: [JournalEntry]) throws(IOError) { try output.record(entries) }
  func write(_ line: FinishedLine) throws(IOError) {
    guard output.lineCount < writtenCount else { throw IOError("dead") }
    try output.write(line)
  }
  func finish(_ end: JobEnd) throws(IOError) -> LineCounts? { nil }
}
