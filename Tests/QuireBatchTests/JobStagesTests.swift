import Dispatch
import QuireEngine
import QuireOpenAI
import QuireRequests
import Synchronization
import Testing

@testable import QuireBatch

@Suite("Reading and writing beside the steps") struct JobStagesTests {
  /// Hands out lines, and then ends or fails.
  private final class Lines: LineSource {
    private let texts: [String]
    private let failure: IOError?
    private var nextIndex = 0
    private(set) var consumedByteCount = 0

    init(_ texts: [String], failure: IOError? = nil) {
      self.texts = texts
      self.failure = failure
    }

    func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
      guard nextIndex < texts.count else {
        if let failure { throw failure }
        return .end
      }
      defer { nextIndex += 1 }
      return .line(InputLine(index: nextIndex, text: texts[nextIndex])!)
    }
  }

  /// Keeps lines, and may be told what to do before one, or fail instead.
  private final class Sink: LineSink {
    private(set) var lines: [String] = []
    private let before: (Int) throws -> Void
    var lineCount: Int { lines.count }

    init(before: @escaping (Int) throws -> Void = { _ in }) { self.before = before }

    func begin() {}
    func write(_ line: FinishedLine) throws(IOError) {
      do { try before(lines.count) } catch { throw IOError("full") }
      lines.append(String(decoding: line.bytes, as: UTF8.self))
    }
    func finish(_ end: JobEnd) -> LineCounts? { nil }
  }

  /// Prepares as usual, but waits for a signal before a prompt that says so.
  private struct SlowPreparer: RequestPreparing {
    let signal = DispatchSemaphore(value: 0)
    let vocabularySize = 260

    func prepare(
      _ line: BodyRequest, _ rule: LengthRule, randomKey: UInt64
    ) throws(RequestError) -> PreparedRequest {
      if line.prompt == .text("slow") { signal.wait() }
      return try RequestPreparer(TestModel.prompts()).prepare(line, rule, randomKey: randomKey)
    }

    func windows(of line: BodyRequest) throws(RequestError) -> [PreparedRequest] {
      try RequestPreparer(TestModel.prompts()).windows(of: line)
    }
  }

  @Test("a line that takes long to prepare holds up none of those before it", .timeLimit(.minutes(5)))
  func slowPreparation() throws {
    var job = TestJob.threaded(true)
    job.options.fillTime = .milliseconds(1)
    let preparer = SlowPreparer()
    job.preparer = preparer
    // The slow line is made ready only once both lines before it have been answered.
    let sink = Sink { if $0 == 1 { preparer.signal.signal() } }
    let lines = ["a", "abcd", "slow", "b"].map { "{\"prompt\":\"\($0)\"}" }
    #expect(try job.job(Lines(lines), sink).run() == .complete)
    #expect(sink.lineCount == 4)
  }

  @Test("threads or not, each line has the same bytes", arguments: [false, true])
  func sameBytes(isOrdered: Bool) throws {
    let lines = (0..<500).map { number in
      number % 7 == 3
        ? "{" : #"{"prompt":"\#(String(repeating: "ab", count: 1 + number % 9))","n\#(number)":0}"#
    }
    let outputs = try [false, true].map { isThreaded throws -> [String] in
      var job = TestJob()
      // As in a real run, steps wait for nobody for long.
      job.options = JobLoop.Options(maxSequenceCount: 4)
      job.options.isThreaded = isThreaded
      job.options.isOrdered = isOrdered
      let sink = Sink()
      let loop = job.job(Lines(lines), sink)
      #expect(try loop.run() == .complete)
      #expect(loop.progress.errorLineCount == 71 && loop.progress.answeredLineCount == 429)
      #expect(loop.progress.inFlightLineCount == 0 && loop.progress.droppedLineCount == 0)
      return isOrdered ? sink.lines : sink.lines.sorted()
    }
    #expect(outputs[0] == outputs[1] && outputs[0].count == 500)
  }

  @Test(
    "lines under way are bounded by their bytes, and one is taken whatever it holds",
    arguments: [false, true])
  func bytes(isThreaded: Bool) throws {
    // A line of 100 bytes of prompt counts some 1,050: twice its bytes, and 8 for each token.
    let line = "{\"prompt\":\"\(String(repeating: "x", count: 100))\",\"max_tokens\":3}"
    for (limit, expected) in [(3_000, 3), (1, 1), (1 << 20, 16)] {
      var job = TestJob.threaded(isThreaded)
      job.options.heldByteLimit = limit
      let sink = Sink()
      #expect(try job.job(Lines([String](repeating: line, count: 60)), sink).run() == .complete)
      #expect(sink.lineCount == 60)
      #expect(job.engine.largestRequestCount == expected)
    }
  }

  @Test("a slow output holds up the lines, not without bound", .timeLimit(.minutes(5)))
  func slowOutput() throws {
    var job = TestJob.threaded(true)
    let mayGoOn = DispatchSemaphore(value: 0)
    let sink = Sink { if $0 == 0 { mayGoOn.wait() } }
    var mostInFlight = 0
    var waits = 0
    job.observe = { progress in
      mostInFlight = max(mostInFlight, progress.inFlightLineCount)
      // Nothing is left to do but to wait for the output.
      if job.engine.unfinishedRequestCount == 0, progress.inFlightLineCount >= 48 { waits += 1 }
      if waits == 3 { mayGoOn.signal() }
    }
    let lines = [String](repeating: #"{"prompt":"a"}"#, count: 500)
    #expect(try job.job(Lines(lines), sink).run() == .complete)
    #expect(sink.lineCount == 500 && (48...64).contains(mostInFlight))
  }

  @Test("an input that fails ends the job after the answers of the lines before", arguments: [false, true])
  func failingInput(isThreaded: Bool) throws {
    let sink = Sink()
    let source = Lines([#"{"prompt":"abcdef"}"#, #"{"prompt":"a"}"#], failure: IOError("the disk is gone"))
    let loop = TestJob.threaded(isThreaded).job(source, sink)
    let error = #expect(throws: JobError.self) { try loop.run() }
    #expect(error?.description == "the disk is gone; 2 whole lines are in the output")
    #expect(loop.progress.answeredLineCount == 2)
  }

  @Test("an output that fails ends the job, and nobody waits for ever", .timeLimit(.minutes(5)))
  func failingOutput() throws {
    struct Full: Error {}
    for count in [0, 1, 7, 100] {
      let sink = Sink { if $0 == count { throw Full() } }
      var job = TestJob()
      job.options = JobLoop.Options(maxSequenceCount: 4)
      let endless = (0..<100_000).map { #"{"prompt":"\#($0)"}"# }
      let loop = job.job(Lines(endless), sink)
      let error = #expect(throws: JobError.self) { try loop.run() }
      #expect(error?.description == "full; \(count) whole lines are in the output")
      #expect(loop.progress.answeredLineCount == count && loop.progress.droppedLineCount > 0)
    }
  }

  @Test(
    "lines on which the engine fails count as errors, and more than allowed end the job",
    arguments: [false, true])
  func failingLines(isThreaded: Bool) throws {
    var job = TestJob.threaded(isThreaded)
    job.engine.failingPromptTokenCount = 2
    let lines = (0..<400).map { #"{"prompt":"\#($0 % 50 == 9 ? "ab" : "abc")"}"# }
    let sink = Sink()
    let loop = job.job(Lines(lines), sink)
    #expect(try loop.run() == .complete)
    #expect(loop.progress.errorLineCounts == ["generation_failed": 8])
    job.options.maxErrorCount = 2
    job.engine = ScriptedEngine()
    job.engine.failingPromptTokenCount = 2
    let stopped = job.job(Lines(lines), Sink())
    #expect(try stopped.run() == .tooManyErrors)
    #expect(stopped.progress.errorLineCount == 3 && stopped.progress.answeredLineCount < 200)
  }
}
