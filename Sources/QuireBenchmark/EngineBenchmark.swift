package import QuireEngine
import QuireKernels
import QuirePlatform
import QuireRequests

/// Runs a workload and measures it: `quire bench`.
package struct EngineBenchmark {
  /// What to run.
  package let workload: BenchmarkWorkload
  /// How the engine runs.
  package let configuration: EngineConfiguration

  /// How often the workload is run before it is measured; 0 or more. The memory of the KV cache and of all buffers is
  /// then the process's already.
  package let warmupCount: Int

  /// A benchmark; each argument is the field of its name.
  package init(workload: BenchmarkWorkload, configuration: EngineConfiguration, warmupCount: Int = 0) {
    self.workload = workload
    self.configuration = configuration
    self.warmupCount = warmupCount
  }

  /// Loads a model and runs the workload to its end, `warmupCount` times and once more, which counts.
  ///
  /// - Parameter model: a path, or a model id in a local cache.
  /// - Throws: `EngineError` where an option is out of range, the model is unusable, or a request cannot fit.
  package func run(model: String) throws(EngineError) -> BenchmarkReport {
    try workload.validate()
    try EngineError.check(.numItersWarmup, warmupCount, 0...BenchmarkWorkload.mostCount)
    let clock = ContinuousClock()
    let loadStart = clock.now
    let context = try ModelContext.load(model, configuration: configuration)
    try workload.validate(maxModelLen: context.maxModelLen)
    let engine = try LLMEngine(context: context)
    let loadTime = clock.now - loadStart
    for index in 0..<warmupCount {
      // Other prompts, none of which the measured run may find in a cache.
      var warmup = workload
      warmup.seed &+= UInt64(index) + 1
      _ = try measure(warmup, engine, loadTime: loadTime)
      // Its blocks are to be written again: their memory is warm.
      engine.resetPrefixCache()
    }
    return try measure(workload, engine, loadTime: loadTime)
  }

  private func measure(
    _ workload: BenchmarkWorkload, _ engine: LLMEngine, loadTime: Duration
  ) throws(EngineError) -> BenchmarkReport {
    let clock = ContinuousClock()
    let requests = workload.requests(vocabularySize: engine.context.vocabularySize)
    var prefill = StepGroup()
    var decode = StepGroup()
    let first = engine.statistics
    let start = clock.now
    for (index, request) in requests.enumerated() {
      do throws(RequestError) {
        let prompt = Prompt.tokenIDs(request.promptTokenIDs)
        try engine.add(engine.context.preparer.prepare(prompt, params: request.params), id: UInt64(index))
      } catch {
        throw .request(index: index, error)
      }
    }
    while engine.unfinishedRequestCount > 0 {
      let before = engine.statistics
      let stepStart = clock.now
      for request in engine.step() {
        if case .failure(let error) = request.result { throw .request(index: Int(request.id), error) }
      }
      let time = clock.now - stepStart
      let after = engine.statistics
      let promptTokens = after.promptTokenCount - before.promptTokenCount
      if promptTokens > 0 {
        prefill.add(tokenCount: promptTokens, time)
      } else {
        decode.add(tokenCount: after.outputTokenCount - before.outputTokenCount, time)
      }
    }
    let total = clock.now - start
    let last = engine.statistics
    return BenchmarkReport(
      prefillTokensPerSecond: prefill.tokensPerSecond, decodeTokensPerSecond: decode.tokensPerSecond,
      outputTokensPerSecond: StepGroup(
        tokenCount: last.outputTokenCount - first.outputTokenCount, time: total
      ).tokensPerSecond,
      loadSeconds: loadTime.seconds, totalSeconds: total.seconds, stepCount: last.stepCount - first.stepCount,
      preemptionCount: last.preemptionCount - first.preemptionCount,
      prefixHitTokenCount: last.prefixHitTokenCount - first.prefixHitTokenCount,
      draftTokenCount: last.draftTokenCount - first.draftTokenCount,
      acceptedDraftTokenCount: last.acceptedDraftTokenCount - first.acceptedDraftTokenCount,
      peakResidentBytes: SystemMemory.peakResidentBytes(), threadCount: engine.context.threadCount,
      instructionSet: configuration.instructionSetName)
  }
}

/// Steps of one kind, summed up.
private struct StepGroup {
  var tokenCount = 0
  var time = Duration.zero

  mutating func add(tokenCount: Int, _ time: Duration) {
    self.tokenCount += tokenCount
    self.time += time
  }

  /// nil where no such step was made.
  var tokensPerSecond: Double? { time > .zero ? Double(tokenCount) / time.seconds : nil }
}

extension Duration {
  fileprivate var seconds: Double { self / .seconds(1) }
}
