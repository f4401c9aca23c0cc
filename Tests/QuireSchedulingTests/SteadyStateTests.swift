import Testing

@testable import QuireScheduling

@Suite("Scheduler: memory")
struct SteadyStateTests {
  /// The addresses of what `schedule()` and `update(_:beams:)` write in every step.
  private struct Places: Hashable {
    let scheduled: UInt
    let running: UInt
    let slots: UInt

    init(_ scheduler: Scheduler) {
      func place<T>(_ array: [T]) -> UInt { array.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
      scheduled = place(scheduler.output.scheduled)
      running = place(scheduler.running.slots)
      slots = place(scheduler.sequences.states)
    }
  }

  @Test(
    "a thousand decode steps, new blocks included, write where the first ones wrote",
    arguments: [true, false])
  func keepsPlaces(findsPrefixes: Bool) throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(blockCount: 256 * 80, enablePrefixCaching: findsPrefixes))
    for request in 0..<1000 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 9, outputTokenLimit: 1200)
    }
    var results: [SampledResult] = []
    var places: Set<Places> = []
    for step in 0..<1020 {
      let output = scheduler.schedule()
      for entry in output.scheduled {
        results.append(SampledResult(sequenceID: entry.sequenceID, isFinished: false))
      }
      scheduler.update(results)
      results.removeAll(keepingCapacity: true)
      if step >= 20 { places.insert(Places(scheduler)) }
    }
    #expect(places.count == 1)
    #expect(scheduler.sequence(255)?.outputTokenCount == 1020)
    #expect(scheduler.blockIDs(of: 255).count == 65)
  }
}
