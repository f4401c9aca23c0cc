import Foundation
import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Engines side by side", .timeLimit(.minutes(5)))
struct EngineGroupTests {
  private let model: TinyModel
  private let directory = TemporaryDirectory()

  init() throws { model = try TinyModel() }

  private func configuration(engines: Int?) -> EngineConfiguration {
    var configuration = EngineConfiguration(
      maxNumSeqs: 4, maxNumBatchedTokens: 48, kvCacheMemory: 1 << 20, threads: max(engines ?? 1, 1))
    configuration.engines = engines
    return configuration
  }

  private func job(engines: Int?, isOrdered: Bool = false) throws -> BatchJob {
    var options = BatchJob.Options()
    options.isOrdered = isOrdered
    options.gracePeriod = .zero
    return try BatchJob(model: model.path, configuration: configuration(engines: engines), options: options)
  }

  /// Lines of many kinds: equal ones, common beginnings, samples, searches, dialogues, wrong ones.
  private func input(lineCount: Int) -> String {
    let lines = (0..<lineCount).map { index -> String in
      let prompt = String(repeating: "abc", count: 1 + index % 7 * 9) + "\(index % 23)"
      let limit = 1 + index * 7 % 24
      switch index % 9 {
      case 3: return #"{"id":\#(index),"prompt":"\#(prompt)","n":3,"temperature":1,"max_tokens":\#(limit)}"#
      case 5:
        return
          #"{"id":\#(index),"prompt":"\#(prompt)","n":2,"use_beam_search":true,"temperature":0,"max_tokens":\#(limit)}"#
      case 6: return #"{"id":\#(index),"prompt":\#(index),"max_tokens":3}"#
      case 7: return #"{"id":\#(index),"turns":["a\#(index)","b"],"max_tokens":\#(1 + limit / 4)}"#
      default:
        return
          #"{"id":\#(index),"prompt":"\#(prompt)","temperature":0.9,"logprobs":1,"max_tokens":\#(limit)}"#
      }
    }
    return directory.file("in.jsonl", Array(lines.joined(separator: "\n").utf8))
  }

  private func text(_ name: String) -> String { String(decoding: directory.content(name), as: UTF8.self) }

  private func lines(_ name: String) -> [Substring] { text(name).split(separator: "\n").sorted() }

  @Test("the bytes are those of one engine, sorted or in order", arguments: [2, 4])
  func equalBytes(engineCount: Int) throws {
    let input = input(lineCount: 150)
    _ = try job(engines: 1, isOrdered: true).run(input: input, output: directory.path + "/one")
    let ordered = try job(engines: engineCount, isOrdered: true)
    let result = try ordered.run(input: input, output: directory.path + "/ordered")
    #expect(
      result.end == .complete && result.progress.answeredLineCount + result.progress.errorLineCount == 150)
    _ = try job(engines: engineCount).run(input: input, output: directory.path + "/free")
    let areEqual = text("ordered") == text("one") && lines("free") == lines("one")
    #expect(areEqual)
    #expect(lines("one").count == 150)
  }

  @Test("a job goes on with another number of engines, again and again, and its bytes stay")
  func resumption() throws {
    let input = input(lineCount: 120)
    _ = try job(engines: 1).run(input: input, output: directory.path + "/one")
    var runCount = 0
    var continuedTokenCount = 0
    while true {
      let engineCount = [4, 1, 2, 3][runCount % 4]
      runCount += 1
      let limit = 150
      var generatedTokenCount = 0
      let result = try job(engines: engineCount).run(
        input: input, output: directory.path + "/out", isInterrupted: { generatedTokenCount >= limit },
        observe: { generatedTokenCount = $0.generatedTokenCount })
      continuedTokenCount += result.progress.continuedTokenCount
      if result.end == .complete { break }
      try #require(runCount < 60)
    }
    #expect(runCount > 4 && continuedTokenCount > 0)
    let areEqual = lines("out") == lines("one")
    #expect(areEqual)
  }

  @Test("a program's own lines are answered on its own thread, run after run")
  func ownLines() throws {
    let texts = (0..<40).map { #"{"prompt":"own \#($0)","max_tokens":6}"# }
    func answers(_ job: BatchJob) throws -> [String] {
      var answers: [String] = []
      _ = try job.run(texts) { answers.append($0) }
      return answers.sorted()
    }
    let expected = try answers(job(engines: 1))
    let group = try job(engines: 3)
    for _ in 0..<3 { #expect(try answers(group) == expected) }
  }

  @Test("what is watched of all engines adds up")
  func observation() throws {
    let lines = (0..<60).map {
      #"{"prompt":"\#(String(repeating: "x", count: 5 + $0 % 30))","max_tokens":9,"ignore_eos":true}"#
    }
    let input = directory.file("in.jsonl", Array(lines.joined(separator: "\n").utf8))
    let context = try ModelContext.load(model.path, configuration: configuration(engines: 3))
    let group = try #require(try context.makeBatchEngine() as? EngineGroup)
    #expect(group.engineCount == 3)
    let job = try BatchJob(
      context: context, engine: group, options: BatchJob.Options(),
      sampling: SamplingSettings(context.generationDefaults))
    let facts = RunFacts(context, version: "1", loadTime: .zero, seed: 0)
    let timeline = try OutputFile(
      path: directory.path + "/run.json", overwrite: true, readFiles: [], option: .timeline)
    var told: [String] = []
    let observer = RunObserver(
      timeline: TimelineFile(timeline, .traceEvents, facts), tellStep: { told.append($0) })
    let output = try OutputFile(path: directory.path + "/out", overwrite: true, readFiles: [])
    let start = ContinuousClock.now
    let (end, progress) = job.outcome(
      try job.source(ofFile: input), output, isInterrupted: { false }, observe: { _ in }, observer: observer)
    #expect(try end.get() == .complete && progress.answeredLineCount == 60)
    try observer.finish(.complete, progress)
    let metrics = observer.metrics
    #expect(metrics.total.outputTokenCount == 60 * 9 && progress.outputTokenCount == 60 * 9)
    #expect(metrics.total.promptTokenCount + metrics.total.prefixHitTokenCount >= progress.promptTokenCount)
    #expect(metrics.admissionCount >= 60 && metrics.total.stepCount == told.count)
    #expect(metrics.phases.total <= (.now - start) * 3)
    #expect(metrics.peakRunningCount > 4, "more than one engine runs at a time")
    for number in 1...3 { #expect(told.contains { $0.hasPrefix("engine \(number), step 1: ") }) }

    let events = try #require(
      JSONSerialization.jsonObject(with: Data(directory.content("run.json"))) as? [[String: Any]])
    // Every line has one bar that was finished, and no bar was left over.
    let bars = events.compactMap { $0["args"] as? [String: Any] }.filter { $0["ending"] != nil }
    #expect(bars.filter { $0["ending"] as? String == "finished" }.count == 60)
    #expect(!bars.contains { $0["ending"] as? String == "dropped" })
    let stepThreads = Set(
      events.filter { ($0["name"] as? String ?? "").hasPrefix("step ") }.compactMap { $0["tid"] as? Int })
    #expect(stepThreads == [1, 2, 3])
  }

  @Test("a request that no engine's cache holds is refused as a line")
  func tooLong() throws {
    var small = configuration(engines: 4)
    small.kvCacheMemory = 32 << 10
    small.maxNumSeqs = 64
    let job = try BatchJob(model: model.path, configuration: small)
    var answers: [String] = []
    let result = try job.run([#"{"prompt":"a","max_tokens":120}"#, #"{"prompt":"a","max_tokens":2}"#]) {
      answers.append($0)
    }
    #expect(result.progress.errorLineCount == 1 && result.progress.answeredLineCount == 1)
  }

  @Test("only a job takes several engines")
  func refusal() throws {
    let context = try ModelContext.load(model.path, configuration: configuration(engines: 2))
    #expect {
      _ = try LLMEngine(context: context)
    } throws: {
      "\($0)" == "2 engines are asked for, but only a batch job has several side by side; give 1"
    }
  }
}
