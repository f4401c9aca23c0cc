import QuireScheduleTools
import QuireScheduling
import Testing

@Suite("Scheduler: simulated runs")
struct ScaleSimulationTests {
  private let requestCount = 20_000

  /// Some of everything, in a cache that is too small.
  private var workload: ScaleWorkload {
    var workload = ScaleWorkload()
    workload.requestCount = requestCount
    workload.promptTokens = LengthDistribution(median: 24, spread: 0.8, limit: 200)
    workload.outputTokens = LengthDistribution(median: 12, spread: 0.8, limit: 60)
    workload.sampledShare = 0.05
    workload.searchedShare = 0.05
    workload.abortedShare = 0.05
    workload.abortDelaySeconds = 100
    return workload
  }

  private let configuration = SchedulerConfiguration(
    maxNumSeqs: 64, maxNumBatchedTokens: 256, blockCount: 200)

  @Test("all requests are answered, and a step's work does not grow with the number that wait")
  func finishes() throws {
    var simulation = try ScaleSimulation(workload, configuration)
    let report = simulation.run()
    let figures = report.figures
    #expect(figures.refusedRequestCount == 0)
    #expect(figures.finishedRequestCount + figures.abortedRequestCount == requestCount)
    #expect(figures.abortedRequestCount > 100 && figures.preemptionCount > 100, "\(figures)")
    #expect(figures.recomputedTokenCount > 0 && figures.copiedBlockCount > 100, "\(figures)")
    #expect(figures.greatestWaitingCount == requestCount)
    #expect(figures.greatestExaminedCount <= 64 + 1)
    #expect(figures.greatestUsedBlockCount <= 200)
    #expect(report.stepTimes.groups.reduce(0) { $0 + $1.stepCount } == figures.stepCount)
    #expect(report.stepTimes.groups.last?.waitingCount == 10_000)
  }

  @Test("without preemptions, samples, searches and aborts each token is computed once")
  func computesOnce() throws {
    var workload = ScaleWorkload()
    workload.requestCount = requestCount
    workload.promptTokens = LengthDistribution(median: 10, spread: 0, limit: 200)
    workload.outputTokens = LengthDistribution(median: 5, spread: 0, limit: 60)
    var simulation = try ScaleSimulation(
      workload, SchedulerConfiguration(maxNumSeqs: 64, maxNumBatchedTokens: 256, blockCount: 64))
    let figures = simulation.run().figures
    #expect(figures.preemptionCount == 0 && figures.recomputedTokenCount == 0)
    #expect(figures.outputTokenCount == requestCount * 5)
    // The last token of an answer is drawn, and never computed.
    #expect(figures.computedTokenCount == requestCount * (10 + 4))
    #expect(figures.greatestUsedBlockCount == 64)
  }

  @Test("what prompts have in common is computed once a group, as long as it stays in the cache")
  func sharedPrefixes() throws {
    var workload = ScaleWorkload()
    workload.requestCount = 2000
    workload.promptTokens = LengthDistribution(median: 10, spread: 0, limit: 10)
    workload.outputTokens = LengthDistribution(median: 3, spread: 0, limit: 3)
    workload.prefixCount = 5
    workload.prefixTokenCount = 64
    func figures(caching: Bool) throws -> ScaleReport.Figures {
      var simulation = try ScaleSimulation(
        workload,
        SchedulerConfiguration(
          maxNumSeqs: 16, maxNumBatchedTokens: 256, blockCount: 400, enablePrefixCaching: caching))
      return simulation.run().figures
    }
    let cached = try figures(caching: true)
    let uncached = try figures(caching: false)
    #expect(uncached.prefixHitTokenCount == 0 && uncached.computedTokenCount == 2000 * (74 + 2))
    #expect(cached.prefixHitTokenCount == (2000 - 5) * 64)
    #expect(cached.computedTokenCount + cached.prefixHitTokenCount == uncached.computedTokenCount)
    #expect(cached.outputTokenCount == uncached.outputTokenCount)
  }

  @Test("the same seed gives the same figures, another seed others")
  func seeds() throws {
    func figures(seed: UInt64) throws -> ScaleReport.Figures {
      var workload = workload
      workload.requestCount = 2000
      workload.requestsPerSecond = 20
      workload.seed = seed
      var simulation = try ScaleSimulation(workload, configuration)
      return simulation.run().figures
    }
    let first = try figures(seed: 1)
    #expect(try figures(seed: 1) == first)
    #expect(try figures(seed: 2) != first)
  }

  @Test("slow arrivals leave nobody waiting, and the clock runs with them")
  func arrivals() throws {
    var workload = workload
    workload.requestCount = 1000
    workload.requestsPerSecond = 0.1
    var simulation = try ScaleSimulation(workload, configuration)
    let figures = simulation.run().figures
    #expect(figures.greatestWaitingCount < 10)
    #expect((8_000...12_000).contains(figures.elapsedSeconds), "\(figures.elapsedSeconds)")
    #expect(figures.secondsToFinish == figures.secondsToFinish.sorted())
  }
}
