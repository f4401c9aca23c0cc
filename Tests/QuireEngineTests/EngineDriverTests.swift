import Dispatch
import QuireEngine
import QuireRequests
import QuireTestSupport
import Synchronization
import Testing

@Suite("The engine on its own queue")
struct EngineDriverTests {
  /// Stops the engine at one step until it is let go, and counts the steps.
  private final class Gate: StepObserver, Sendable {
    let stepCount = Atomic<Int>(0)
    let rested = DispatchSemaphore(value: 0)
    private let closedStep: Int
    private let opened = DispatchSemaphore(value: 0)

    init(closedStep: Int) { self.closedStep = closedStep }

    func open() { opened.signal() }

    func observe(_ step: StepRecord) {
      if step.number == closedStep { opened.wait() }
      stepCount.store(step.number, ordering: .releasing)
    }

    func rest() { rested.signal() }
  }

  @Test("leaving a stream of tokens ends the work within a step", .timeLimit(.minutes(5)))
  func cancellation() async throws {
    let model = try TinyModel()
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(speculation: .off))
    let engine = try LLMEngine(context: context)
    let gate = Gate(closedStep: 3)
    engine.observer = gate
    let driver = EngineDriver(engine: EngineBox(engine), maxInFlight: 4)
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 100)
    func channel() throws -> OutputChannel<Int32> {
      let request = try context.preparer.prepare(.text("gone"), params: params)
      return driver.outputs { feed in
        _ = await feed.submit(.success(request), reportsUpdates: true) { event in
          if case .update(let update) = event { update.tokenIDs[0] } else { nil }
        }
      }
    }
    let left = try channel()
    _ = try await left.take()
    left.cancel()
    gate.open()
    // With nothing left it rests, and says so, though no step follows.
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: gate.rested.wait()) }
    }
    // Work that follows is the engine's next, once it has let go of what was left.
    let next = try channel()
    var count = 0
    while try await next.take() != nil { count += 1 }
    #expect(count == 100)
    // Three steps of the one, at most one more that had begun, and a hundred of the other.
    #expect((103...104).contains(gate.stepCount.load(ordering: .acquiring)))
    withExtendedLifetime(model) {}
  }

  @Test("updates are made for those who ask alone, and come before the request ends")
  func updates() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let engine = try LLMEngine(context: context)
    let params = SamplingParams(n: 2, temperature: 1, seed: 1, ignoreEOS: true, maxTokens: 5)
    for id in 0..<2 as Range<UInt64> {
      try engine.add(
        context.preparer.prepare(.text("both"), params: params), id: id, reportsUpdates: id == 1)
    }
    var updates: [RequestUpdate] = []
    var outputs: [UInt64: RequestOutput] = [:]
    while engine.unfinishedRequestCount > 0 {
      let finished = engine.step { id, update in
        #expect(id == 1)
        updates.append(update)
      }
      for request in finished { outputs[request.id] = try request.result.get() }
    }
    #expect(outputs[0] == outputs[1] && updates.count == 10)
    #expect(updates.last?.output == outputs[1])
    withExtendedLifetime(model) {}
  }
}
