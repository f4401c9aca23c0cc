import QuireEngine
import QuirePlatform
import QuireRequests
import QuireSampling
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Dialogues that a death interrupts")
struct DialogueResumptionTests {
  private static let dialogues = [
    #"{"id":1,"turns":["a","bb","c"],"max_tokens":4}"#, #"{"id":2,"prompt":"abcdefgh","max_tokens":7}"#,
    #"{"id":3,"turns":["x","y"],"max_tokens":6,"temperature":0}"#,
    #"{"id":4,"turns":["x","y"],"max_tokens":6,"temperature":0}"#,
  ]
  private struct Death: Error {}

  /// A job of scripted answers over a durable output.
  struct Job {
    var lines = DialogueResumptionTests.dialogues
    let directory = TemporaryDirectory()
    var isThreaded = false
    var isOrdered = false
    var cache: AnswerCache?

    var journalPath: String { directory.path + "/out.journal" }
    var identity: JobIdentity {
      JobIdentity(arithmeticVersion: 1, instructionSet: nil, modelName: "m", files: [], options: [])
    }

    /// Runs it; the engine dies at a step, from 1.
    /// - Returns: tokens that were generated, requests of the engine, tokens gone on from.
    @discardableResult
    func run(dyingAt step: Int = .max) throws -> (generated: Int, requests: Int, continued: Int) {
      var durability = DurableOutput.Options()
      durability.isOrdered = isOrdered
      guard
        case .durable(let output) = try JobOutput(
          path: directory.path + "/out", options: durability, readFiles: [], calls: FailingCalls.fast)
      else { fatalError("a stream") }
      try output.adopt(JobManifest(version: "1", identity: identity, inputs: []))
      var job = TestJob.threaded(isThreaded)
      job.options.isOrdered = isOrdered
      job.engine.beforeStep = { if $0 == step { throw Death() } }
      let loop = JobLoop(
        source: TextLines(IteratedTexts(lines)), parser: job.parser,
        preparer: RequestPreparer(job.prompts),
        encoder: AnswerEncoder(parts: [.tokenIDs], modelName: TestModel.name, tokenizer: TestModel.tokenizer),
        engine: job.engine, sink: output, resumption: output.resumption,
        cache: cache.map { RunCache(cache: $0, model: .zero, vocabularySize: 260) }, runSeed: 0,
        options: job.options)
      let result = Result { try loop.run() }
      if step == .max { #expect(try result.get() == .complete) }
      return (
        job.engine.generatedTokenCount, job.engine.added.count, loop.progress.continuedTokenCount
      )
    }

    var answers: [String] {
      let lines = String(decoding: directory.content("out"), as: UTF8.self).split(separator: "\n").map(
        String.init)
      return isOrdered ? lines : lines.sorted()
    }
  }

  @Test(
    "go on in the middle of a turn, whatever step the death comes at, and no token is drawn twice",
    arguments: [false, true], [false, true])
  func everyStep(isThreaded: Bool, isOrdered: Bool) throws {
    var whole = Job()
    whole.isOrdered = isOrdered
    let total = try whole.run().generated
    var continuedMost = 0
    for step in 1...13 {
      var job = Job()
      (job.isThreaded, job.isOrdered) = (isThreaded, isOrdered)
      let before = try job.run(dyingAt: step).generated
      let after = try job.run()
      #expect(job.answers == whole.answers, "a death at step \(step)")
      #expect(before + after.generated == total, "a death at step \(step)")
      continuedMost = max(continuedMost, after.continued)
    }
    // Whole turns among them.
    #expect(continuedMost > 10)
    // Death after death.
    let job = Job()
    var generated = 0
    for _ in 0..<20 { generated += try job.run(dyingAt: 3).generated }
    generated += try job.run().generated
    #expect(job.answers.sorted() == whole.answers.sorted() && generated == total)
  }

  @Test("a journal that is cut at any byte, or has any byte changed, gives the same answers")
  func damage() throws {
    let whole = Job()
    try whole.run()
    let died = Job()
    try died.run(dyingAt: 8)
    let files = ["out", "out.journal", "out.lines", "out.manifest.json"].map {
      ($0, died.directory.content($0))
    }
    let journal = died.directory.content("out.journal")
    #expect(journal.count > 150)
    func check(_ bytes: [UInt8], _ comment: Comment) throws {
      for (name, content) in files { _ = died.directory.file(name, name == "out.journal" ? bytes : content) }
      try died.run()
      #expect(died.answers == whole.answers, comment)
    }
    for count in journal.indices { try check(Array(journal[..<count]), "cut to \(count) bytes") }
    for place in journal.indices {
      var changed = journal
      changed[place] ^= UInt8(1 << (place % 8))
      try check(changed, "byte \(place) changed")
    }
  }

  @Test("answers that only look like a line's own are left out, and so is what was drawn behind them")
  func foreignAnswers() throws {
    let whole = Job()
    let total = try whole.run().generated
    let job = Job()
    try job.run(dyingAt: 8)
    let scan = try JournalScan(AppendFile(job.journalPath, SystemCalls()), jobDigest: job.identity.digest)
    let answered = scan.lines.values.filter { !$0.answers.isEmpty }
    #expect(answered.count == 2)
    // The same journal, whose answers have one token too many.
    var entries: [UInt8] = []
    for (place, line) in scan.lines.sorted(by: { $0.key < $1.key }) {
      entries += [1, UInt8(place)]
      entries.append(line.key)
      for answer in line.answers {
        entries +=
          [5, UInt8(place), UInt8(answer.tokenCount), UInt8(answer.bytes.count + 1)] + answer.bytes + [0]
      }
    }
    let head = JournalScan.head(job.identity.digest)
    _ = job.directory.file("out.journal", head + JournalScan.record(entries))
    #expect(try job.run(dyingAt: 9).continued == 0)
    // What was drawn anew is noted as before: the next run has no use for the foreign answers either.
    let last = try job.run()
    #expect(job.answers == whole.answers && last.continued > 0 && last.generated < total)
  }

  @Test("a journal keeps answers when it is written anew, and shares them")
  func rewritten() throws {
    let directory = TemporaryDirectory()
    let output = RequestOutput(
      promptTokenIDs: [1],
      outputs: [CompletionOutput(index: 0, text: "é", tokenIDs: [3, 4], finishReason: .stop)])
    func key(_ number: UInt32) -> LineKey { LineKey(words: SIMD4(number, 1, 2, 3)) }
    let draw = RecordedDraw.token(sample: 0, Draw(tokenID: 7))
    func open() throws -> Journal {
      try Journal(
        directory.path + "/journal", FailingCalls.fast, jobDigest: SIMD8(repeating: 1),
        leastRewrittenByteCount: 0)
    }
    do {
      let journal = try open()
      try journal.append([.draw(key(1), draw), .answer(key(1), output), .draw(key(1), draw)])
      try journal.append([.share(key(1), with: key(2)), .answer(key(2), output), .answer(key(3), output)])
      for number in 10..<400 {
        try journal.append([.draw(key(UInt32(number)), draw), .answer(key(UInt32(number)), output)])
        journal.end(key(UInt32(number)))
        try journal.flush(synchronizing: false)
      }
      #expect(directory.content("journal").count < 4000)
    }
    let unfinished = try open().unfinished
    #expect(unfinished.lineCount == 3 && unfinished.tokenCount == 3 + 4 + 2)
    let bytes = CachedAnswer.bytes(of: output)
    let lines = [1, 2, 3].map { unfinished.take(key($0)) }
    #expect(lines.map(\.answers) == [[bytes], [bytes, bytes], [bytes]])
    #expect(lines.map(\.draws) == [[draw], [], []])
  }

  @Test("answers of other runs stand in for turns, and the journal knows of them", arguments: [false, true])
  func cached(isOrdered: Bool) throws {
    let cache = try AnswerCache(TemporaryDirectory().path)
    var first = Job()
    first.cache = cache
    first.isOrdered = isOrdered
    let total = try first.run().generated
    cache.flush()
    var again = Job()
    again.cache = cache
    again.isOrdered = isOrdered
    let second = try again.run()
    #expect(second.generated == 0 && again.answers == first.answers && total > 0)
    // Half of a dialogue is known.
    var longer = TestJob()
    longer.options.isOrdered = isOrdered
    let loop = JobLoop(
      source: TextLines(IteratedTexts([#"{"id":9,"turns":["x","y","z"],"max_tokens":6,"temperature":0}"#])),
      parser: longer.parser, preparer: RequestPreparer(longer.prompts),
      encoder: AnswerEncoder(modelName: TestModel.name, tokenizer: TestModel.tokenizer),
      engine: longer.engine,
      sink: try OutputFile(path: TemporaryDirectory().path + "-out", overwrite: true, readFiles: []),
      cache: RunCache(cache: cache, model: .zero, vocabularySize: 260), runSeed: 0, options: longer.options)
    #expect(try loop.run() == .complete && longer.engine.added.count == 1)
    // A death in a turn behind known ones: the next run, without the answers, has them from the journal.
    var died = Job()
    died.cache = cache
    _ = try died.run(dyingAt: 1)
    died.cache = nil
    try died.run()
    #expect(died.answers.sorted() == first.answers.sorted())
  }

  @Test("a real engine goes on, run after run, with the bytes of one run", arguments: [false, true])
  func interrupted(isOrdered: Bool) throws {
    let lines = (0..<9).map { number in
      let more = [
        "", #","logprobs":2"#, #","best_of":3"#, #","temperature":0,"use_beam_search":true,"best_of":2"#,
        #","seed":4,"prompt_logprobs":1"#,
      ][number % 5]
      return
        #"{"id":\#(number),"turns":["a\#(number)","more","end"],"max_tokens":30,"ignore_eos":true\#(more)}"#
    }
    let job = InterruptedJob(
      lines, try TinyModel(contextLength: 512), isOrdered: isOrdered, maxNumBatchedTokens: 64)
    let whole = try job.run("expected")
    #expect(whole.progress.errorLineCount == 0 && whole.progress.answeredLineCount == 9)
    let results = try job.runAgainAndAgain(tokenCount: 250)
    #expect(results.reduce(0) { $0 + $1.progress.generatedTokenCount } == whole.progress.generatedTokenCount)
    #expect(results.count > 3)
    #expect(job.written("out") == job.written("expected"))
    #expect(!job.hasJournal)
  }
}
