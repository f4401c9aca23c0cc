import QuireTestSupport
import QuireKernels
import QuireRequests
import QuireScheduling
import Testing

@testable import QuireEngine

@Suite("Observation")
struct ObservationTests {
  @Test("a number lies in the bin of its power of two, and bins reach to the largest")
  func histogram() {
    var histogram = Histogram()
    #expect(histogram.mean == nil && histogram.bins.isEmpty)
    for value in [1, 2, 3, 4, 7, 8, 256, 511] { histogram.add(value) }
    #expect(histogram.bins.map(\.count) == [1, 2, 2, 1, 0, 0, 0, 0, 2])
    #expect(histogram.bins.map(\.range.lowerBound) == (0...8).map { 1 << $0 })
    #expect(
      zip(histogram.bins, histogram.bins.dropFirst()).allSatisfy {
        $0.range.upperBound + 1 == $1.range.lowerBound
      })
    #expect(histogram.largest == 511 && histogram.count == 8 && histogram.mean == 99)
    histogram.add(1 << 20)
    #expect(histogram.bins.last?.range == 1 << 20...(1 << 21) - 1)
  }

  @Test(
    "a history keeps every step, in at most its number of intervals, equally many in each",
    arguments: [2, 8, 1024])
  func history(capacity: Int) {
    var history = RunHistory(capacity: capacity)
    var total = RunInterval()
    for number in 0..<5 * capacity + 3 {
      let step = Self.step(number)
      history.add(step)
      total.append(step)
      let intervals = history.intervals
      #expect(intervals.count <= capacity)
      #expect(intervals.dropLast().allSatisfy { $0.stepCount == history.stepsPerInterval })
      #expect(intervals.last!.stepCount <= history.stepsPerInterval)
    }
    #expect(history.stepsPerInterval == 8)
    var sum = RunInterval()
    for (interval, next) in zip(history.intervals, history.intervals.dropFirst()) {
      #expect(interval.end <= next.start)
    }
    for interval in history.intervals { sum.append(interval) }
    #expect(sum == total)
    // A number that is known: 1 block for each of the step's number + 1, in steps of equal length.
    #expect(abs(total.meanUsedBlockCount - Double(5 * capacity + 4) / 2) < 1e-6)
    #expect(total.peakUsedBlockCount == 5 * capacity + 3)
  }

  private static func step(_ number: Int) -> RunInterval {
    var step = RunInterval()
    step.start = .milliseconds(10 * number)
    step.end = step.start + .milliseconds(8)
    step.stepCount = 1
    // A power of two, so that sums are exact in any order.
    step.busySeconds = 1.0 / 128
    step.usedBlockSeconds = Double(number + 1) / 128
    step.peakUsedBlockCount = number + 1
    step.computedTokenCount = number
    return step
  }

  /// Sums up what it is told.
  private final class Watcher: StepObserver {
    var metrics = EngineMetrics()
    var tracker = SequenceTracker()
    var steps: [StepRecord] = []
    var ended: [SequenceID] = []

    func observe(_ step: StepRecord) {
      metrics.add(step, tracker.advance(step), start: .zero)
      steps.append(step)
      ended += step.endedSequenceIDs
    }
  }

  private func run(
    _ requests: [(prompt: [Int32], params: SamplingParams)], blockCount: Int
  ) throws -> (watcher: Watcher, statistics: EngineStatistics, outputs: [UInt64: RequestOutput]) {
    let model = try TinyModel()
    var configuration = EngineConfiguration(
      maxNumSeqs: 6, maxNumBatchedTokens: 32, blockSize: 4, kvCacheMemory: 1 << 20, threads: 1,
      matmul: .openblas)
    let bytesPerBlock = try ModelContext.load(model.path, configuration: configuration).kvCachePlan
      .bytesPerBlock
    configuration.kvCacheMemory = blockCount * bytesPerBlock
    let engine = try LLMEngine(context: ModelContext.load(model.path, configuration: configuration))
    let watcher = Watcher()
    engine.observer = watcher
    var preparer = engine.context.preparer
    preparer.eosTokenIDs = []
    for (index, request) in requests.enumerated() {
      try engine.add(
        preparer.numbered(id: UInt64(index), .tokenIDs(request.prompt), request.params, key: UInt64(index)))
    }
    var outputs: [UInt64: RequestOutput] = [:]
    while engine.unfinishedRequestCount > 0 {
      for request in engine.step() { outputs[request.id] = try request.result.get() }
    }
    return (watcher, engine.statistics, outputs)
  }

  private func requests(sampleCount: Int) -> [(prompt: [Int32], params: SamplingParams)] {
    (0..<8).map { index in
      var params = SamplingParams()
      params.n = sampleCount
      params.maxTokens = 10 + index
      params.ignoreEOS = true
      return ((0..<7 + 3 * index).map { Int32(($0 * 31 + index) % 250) }, params)
    }
  }

  @Test(
    "observed steps add up to what the engine counts, and recomputed tokens to what preemption costs",
    arguments: [1, 3])
  func sums(sampleCount: Int) throws {
    let requests = requests(sampleCount: sampleCount)
    let ample = try run(requests, blockCount: 500)
    let tight = try run(requests, blockCount: 14)
    for run in [ample, tight] {
      let (metrics, statistics) = (run.watcher.metrics, run.statistics)
      #expect(metrics.total.stepCount == statistics.stepCount)
      #expect(metrics.total.computedTokenCount == statistics.computedTokenCount)
      #expect(metrics.total.promptTokenCount == statistics.promptTokenCount)
      #expect(metrics.total.outputTokenCount == statistics.outputTokenCount)
      #expect(metrics.total.preemptionCount == statistics.preemptionCount)
      #expect(metrics.total.prefixHitTokenCount == statistics.prefixHitTokenCount)
      #expect(metrics.sequencesPerStep.count == statistics.stepCount)
      #expect(metrics.tokensPerStep.sum == statistics.computedTokenCount)
      #expect(metrics.peakRunningCount <= 6)
      #expect(run.watcher.steps.map(\.number) == Array(1...statistics.stepCount))
      #expect(run.watcher.steps.allSatisfy { $0.load.usedBlockCount <= $0.load.blockCount })
      let drawn = run.outputs.values.flatMap(\.outputs).map(\.tokenIDs.count).reduce(0, +)
      #expect(metrics.total.outputTokenCount == drawn)
      #expect(run.watcher.ended.count == requests.count * sampleCount)
      #expect(Set(run.watcher.ended).count == run.watcher.ended.count)
    }
    #expect(ample.watcher.metrics.recomputedTokenCount == 0)
    #expect(tight.statistics.preemptionCount > 0)
    let more = tight.statistics.computedTokenCount - ample.statistics.computedTokenCount
    #expect(tight.watcher.metrics.recomputedTokenCount == more)
  }

  @Test("a step's phases follow each other without a gap, and a beam search ends once")
  func phases() throws {
    var params = SamplingParams()
    params.useBeamSearch = true
    params.n = 2
    params.bestOf = 3
    params.maxTokens = 6
    params.temperature = 0
    let watcher = try run([(Array(20..<30), params)], blockCount: 100).watcher
    #expect(watcher.ended == [0])
    #expect(watcher.metrics.admissionCount == 1)
    for (step, next) in zip(watcher.steps, watcher.steps.dropFirst()) {
      #expect(step.times.end <= next.times.start)
      let phases = step.times.phases
      let parts = [phases.schedule, phases.forward, phases.sampling, phases.text, phases.update]
      #expect(parts.allSatisfy { $0 >= .zero } && parts.reduce(.zero, +) == phases.total)
      #expect(phases.forward > .zero)
    }
  }
}
