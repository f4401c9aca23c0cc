import Foundation
import QuireBatch
import QuireTestSupport
import Synchronization
import Testing

@Suite("A batch job in a program")
struct BatchJobTests {
  private static let lines = (0..<40).map { number in
    #"{"id":\#(number),"prompt":"\#(String(repeating: "ab", count: 1 + number % 9))","max_tokens":\#(1 + number % 5)}"#
  }

  private let model: TinyModel
  private let configuration = EngineConfiguration(maxNumSeqs: 4, kvCacheMemory: 4 << 20, threads: 1)

  init() throws { model = try TinyModel() }

  private func job(_ change: (inout BatchJob.Options) -> Void = { _ in }) throws -> BatchJob {
    var options = BatchJob.Options()
    change(&options)
    return try BatchJob(model: model.path, configuration: configuration, options: options)
  }

  @Test("each line of a sequence has one answer, of the bytes that files have")
  func sequences() throws {
    let job = try job()
    var answers: [String] = []
    var lastSeen = JobProgress()
    let result = try job.run(Self.lines, observe: { lastSeen = $0 }) { answers.append($0) }
    #expect(result.end == .complete && result.progress.answeredLineCount == 40)
    #expect(result.progress.errorLineCount == 0 && lastSeen.answeredLineCount == 40)

    let folder = FileManager.default.temporaryDirectory.appending(path: "quire-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
    try Data(Self.lines.joined(separator: "\n").utf8).write(to: input)
    _ = try job.run(input: input.path, output: output.path)
    let written = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(Set(written) == Set(answers) && written.count == 40)
    // The same again finds all lines answered; another job's output is refused.
    let again = try job.run(input: input.path, output: output.path)
    #expect(again.end == .complete && again.progress.resumedLineCount == 40)
    #expect(again.progress.answeredLineCount == 40 && again.progress.generatedTokenCount == 0)
    #expect(
      try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init) == written)
    let other = try self.job { $0.seed = 7 }
    let error = #expect(throws: JobError.self) { try other.run(input: input.path, output: output.path) }
    #expect(error?.kind == .cannotResume && error?.description.contains("seed 0") == true)
  }

  @Test("in order, with wrong, blank and repeated lines among them, every line has its own answer")
  func wrongLines() throws {
    let job = try job { $0.isOrdered = true }
    var answers: [String] = []
    let lines = [
      #"{"id":1,"prompt":"a"}"#, "oops", "  ", #"{"id":1,"prompt":"b"}"#, #"{"prompt":"c","max_tokens":1}"#,
    ]
    let result = try job.run(lines) { answers.append($0) }
    #expect(result.progress.answeredLineCount == 2 && result.progress.errorLineCount == 2)
    #expect(answers.map { $0.contains(#""error":null"#) } == [true, false, false, true])
    #expect(answers[1].contains(#""line":2"#) && answers[2].contains("duplicate_id"))
    #expect(answers[3].contains(#""index":4"#))
    // Ids belong to a run.
    #expect(try job.run(lines.prefix(1)) { _ in }.progress.errorLineCount == 0)
  }

  @Test("answers do not depend on folding and reordering", arguments: [false, true])
  func rearrangement(isOrdered: Bool) throws {
    let beginning = String(repeating: "the same beginning ", count: 6)
    let lines = (0..<60).map { number in
      let sampling =
        number % 3 == 0 ? #""temperature":0"# : number % 3 == 1 ? #""seed":\#(number % 2)"# : #""n":2"#
      return
        #"{"id":\#(number),"prompt":"\#(number % 2 == 0 ? beginning : "")\#(number % 4)","max_tokens":\#(1 + number % 2),\#(sampling)}"#
    }
    func answers(_ rearranges: Bool) throws -> [String] {
      let job = try job {
        $0.foldsEqualLines = rearranges
        $0.reordersLines = rearranges
        $0.isOrdered = isOrdered
      }
      let folder = FileManager.default.temporaryDirectory.appending(path: "quire-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
      try Data(lines.joined(separator: "\n").utf8).write(to: input)
      let result = try job.run(input: input.path, output: output.path)
      #expect(rearranges == (result.progress.foldedLineCount > 0))
      let written = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
      return isOrdered ? written : written.sorted()
    }
    #expect(try answers(true) == answers(false))
  }

  @Test("the options' parameters stand for what lines leave out")
  func options() throws {
    let job = try job {
      $0.sampling = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 3)
      $0.parts = [.tokenIDs, .logprobs]
      $0.inputFormat = .text
    }
    var answers: [String] = []
    _ = try job.run(["same", "same"]) { answers.append($0) }
    for answer in answers {
      #expect(answer.contains(#""completion_tokens":3"#) && answer.contains(#""logprobs":[["#))
    }
    #expect(throws: (any Error).self) { try self.job { $0.sampling = SamplingParams(topP: 2) } }
  }

  @Test("a closure that throws ends the run with its own error, and the job goes on to others")
  func failingWriter() throws {
    struct Full: Error {}
    let job = try job()
    var count = 0
    #expect(throws: Full.self) {
      try job.run(Self.lines) { _ in
        count += 1
        if count == 3 { throw Full() }
      }
    }
    #expect(count == 3)
    #expect(try job.run(Self.lines) { _ in }.progress.answeredLineCount == 40)
  }

  @Test("an interrupted run takes no more lines")
  func interruption() throws {
    let job = try job()
    var count = 0
    let endless = sequence(first: 0) { $0 + 1 }.lazy.map { #"{"prompt":"\#($0)","max_tokens":2}"# }
    let result = try job.run(endless, isInterrupted: { count >= 10 }) { _ in count += 1 }
    #expect(result.end == .interrupted && result.progress.answeredLineCount == count)
  }

  @Test("lines of an asynchronous sequence are answered before it ends", .timeLimit(.minutes(5)))
  func asynchronous() async throws {
    let job = try job()
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    continuation.yield(Self.lines[0])
    let answers = Mutex<[String]>([])
    let result = try await job.run(lines) { answer in
      let count = answers.withLock { answers in
        answers.append(answer)
        return answers.count
      }
      if count < 5 { continuation.yield(Self.lines[count]) } else { continuation.finish() }
    }
    #expect(result.end == .complete && result.progress.answeredLineCount == 5)
    var direct: [String] = []
    _ = try job.run(Self.lines.prefix(5)) { direct.append($0) }
    #expect(answers.withLock { Set($0) } == Set(direct) && direct.count == 5)
  }

  @Test(
    "what a sequence throws comes after the answers before it; cancelling ends the run",
    .timeLimit(.minutes(5)))
  func asynchronousEnds() async throws {
    struct Lost: Error {}
    let job = try job()
    let (lines, continuation) = AsyncThrowingStream.makeStream(of: String.self)
    for line in Self.lines { continuation.yield(line) }
    continuation.finish(throwing: Lost())
    let count = Atomic(0)
    await #expect(throws: Lost.self) {
      try await job.run(lines) { _ in count.wrappingAdd(1, ordering: .relaxed) }
    }
    #expect(count.load(ordering: .relaxed) == 40)

    let (endless, source) = AsyncStream.makeStream(of: String.self)
    source.yield(Self.lines[0])
    let answered = AsyncStream.makeStream(of: Void.self)
    let run = Task { try await job.run(endless) { _ in answered.continuation.yield() } }
    for await _ in answered.stream { break }
    run.cancel()
    #expect(try await run.value.end == .interrupted)
  }
}
