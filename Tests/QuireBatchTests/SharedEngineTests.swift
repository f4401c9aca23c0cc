import Dispatch
import Foundation
import QuireEngine
import QuireRequests
import QuireScheduling
import QuireTestSupport
import Synchronization
import Testing

@testable import QuireBatch

@Suite("A job and live requests in one engine", .timeLimit(.minutes(5)))
struct SharedEngineTests {
  /// Notes the steps of an engine.
  private final class Watch: StepObserver, Sendable {
    let stepCount = Atomic(0)
    let runningCount = Atomic(0)
    func observe(_ step: StepRecord) {
      stepCount.store(step.number, ordering: .releasing)
      runningCount.store(step.batch.scheduled.count, ordering: .releasing)
    }
  }

  private let model: TinyModel
  private let context: ModelContext
  private let directory = TemporaryDirectory()

  init() throws {
    model = try TinyModel()
    context = try ModelContext.load(
      model.path,
      configuration: EngineConfiguration(maxNumSeqs: 4, kvCacheMemory: 256 << 10, threads: 1))
  }

  private func job(_ engine: any BatchEngine) throws -> BatchJob {
    var options = BatchJob.Options()
    options.gracePeriod = .zero
    return try BatchJob(
      context: context, engine: engine, options: options,
      sampling: SamplingSettings(context.generationDefaults))
  }

  private func input(lineCount: Int, maxTokens: Int) -> String {
    directory.file(
      "in.jsonl",
      Array(
        (0..<lineCount).map {
          #"{"id":\#($0),"prompt":"\#(String(repeating: "ab", count: 1 + $0 % 19))\#($0)","max_tokens":\#(1 + $0 % maxTokens)}"#
            + "\n"
        }.joined().utf8))
  }

  private func lines(_ name: String) -> [String] {
    String(decoding: directory.content(name), as: UTF8.self).split(separator: "\n").map(String.init).sorted()
  }

  private func request(_ text: String, maxTokens: Int) throws -> PreparedRequest {
    try context.preparer.prepare(
      .text(text), params: SamplingParams(temperature: 1, seed: 3, ignoreEOS: true, maxTokens: maxTokens))
  }

  /// The tokens of a live request, and the steps that the engine made between its handing over and the first of them.
  private func answer(
    _ request: PreparedRequest, _ driver: EngineDriver, _ watch: Watch
  ) async throws -> (waited: Int, tokens: [Int32]) {
    let handedOver = Watch()
    let channel: OutputChannel<(Int, [Int32])> = driver.outputs { feed in
      _ = await feed.submit(.success(request), reportsUpdates: true) { event in
        guard case .update(let update) = event else { return nil }
        return (watch.stepCount.load(ordering: .acquiring), update.tokenIDs)
      }
      // The stream ends after this, however long this task has waited for a processor.
      handedOver.stepCount.store(watch.stepCount.load(ordering: .acquiring), ordering: .releasing)
    }
    var (firstStep, tokens): (Int?, [Int32]) = (nil, [])
    while let (step, more) = try await channel.take() {
      firstStep = firstStep ?? step
      tokens += more
    }
    return (try #require(firstStep) - handedOver.stepCount.load(ordering: .acquiring), tokens)
  }

  @Test("500 lines have the bytes that they have alone; live requests beside them begin in the next step")
  func sharing() async throws {
    let input = input(lineCount: 500, maxTokens: 8)
    _ = try job(LLMEngine(context: context)).run(input: input, output: directory.path + "/alone")
    let live = try (0..<20).map { try request("live \($0)", maxTokens: 1 + $0) }
    let watch = Watch()
    let engine = try LLMEngine(context: context)
    engine.observer = watch
    let driver = EngineDriver(engine: EngineBox(engine), maxInFlight: 4)
    var alone: [[Int32]] = []
    for request in live { alone.append(try await answer(request, driver, watch).tokens) }

    let shared = try job(EngineShare(driver))
    let output = directory.path + "/shared"
    let run = Task { try await EngineDriver.onThread { try shared.run(input: input, output: output) } }
    while watch.runningCount.load(ordering: .acquiring) < 4 { await Task.yield() }
    for (request, tokens) in zip(live, alone) {
      let found = try await answer(request, driver, watch)
      #expect(found.tokens == tokens)
      // One step may be under way when the request is handed over.
      #expect(found.waited <= 2)
    }
    let result = try await run.value
    #expect(result.end == .complete && result.progress.answeredLineCount == 500)
    let areEqual = lines("shared") == lines("alone")
    #expect(areEqual)
    withExtendedLifetime(model) {}
  }

  @Test("a job that ends early gives its blocks back, and goes on with the same bytes")
  func interruption() async throws {
    let input = input(lineCount: 60, maxTokens: 60)
    _ = try job(LLMEngine(context: context)).run(input: input, output: directory.path + "/alone")
    let watch = Watch()
    let engine = try LLMEngine(context: context)
    engine.observer = watch
    let driver = EngineDriver(engine: EngineBox(engine), maxInFlight: 4)
    let shared = try job(EngineShare(driver))
    let output = directory.path + "/shared"
    var runCount = 0
    while true {
      runCount += 1
      let limit = runCount * 12
      let result = try await EngineDriver.onThread {
        nonisolated(unsafe) var written = 0
        return try shared.run(
          input: input, output: output, isInterrupted: { written >= limit },
          observe: { written = $0.answeredLineCount })
      }
      let alive = try await answer(try request("alive", maxTokens: 3), driver, watch)
      #expect(alive.tokens.count == 3 && watch.runningCount.load(ordering: .acquiring) == 1)
      if result.end == .complete { break }
      #expect(runCount < 10)
    }
    #expect(runCount > 2)
    let areEqual = lines("shared") == lines("alone")
    #expect(areEqual)
    withExtendedLifetime(model) {}
  }
}
