import QuireKernels
import QuirePlatform
import QuireRequests

/// Runs a workload and measures it: `quire bench`.
package struct EngineBenchmark {
  /// What to run.
  package let workload: BenchmarkWorkload
  /// How the engine runs.
  package let configuration: EngineConfiguration

  /// A benchmark; each argument is the field of its name.
  package init(workload: BenchmarkWorkload, configuration: EngineConfiguration) {
    self.workload = workload
    self.configuration = configuration
  }

  /// Loads a model and runs the workload to its end, once, without a warm-up.
  ///
  /// - Parameter model: a path, or a model id in a local cache.
  /// - Throws: `EngineError` where an option is out of range, the model is unusable, or a request cannot fit.
  package func run(model: String) throws(EngineError) -> BenchmarkReport {
    try workload.validate()
    let clock = ContinuousClock()
    let loadStart = clock.now
    let context = try ModelContext.load(model, configuration: configuration)
    try workload.validate(maxModelLen: context.maxModelLen)
    let engine = try LLMEngine(context: context)
    let loadTime = clock.now - loadStart
    return try measure(engine, loadTime: loadTime)
  }

  private func measure(_ engine: LLMEngine, loadTime: Duration) throws(EngineError) -> BenchmarkReport {
    let clock = ContinuousClock()
    let requests = workload.requests(vocabularySize: engine.context.vocabularySize)
    var prefill = StepGroup()
    var decode = StepGroup()
    let start = clock.now
    for (index, request) in requests.enumerated() {
      do {
        try engine.add(request)
      } catch {
        throw .request(index: index, message: error.message)
      }
    }
    while engine.unfinishedRequestCount > 0 {
      let before = engine.statistics
      let stepStart = clock.now
      for output in engine.step() {
        if let failed = output.error { throw .request(index: Int(output.requestID), message: failed) }
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
    let statistics = engine.statistics
    return BenchmarkReport(
      prefillTokensPerSecond: prefill.tokensPerSecond, decodeTokensPerSecond: decode.tokensPerSecond,
      outputTokensPerSecond: StepGroup(tokenCount: statistics.outputTokenCount, time: total).tokensPerSecond,
      loadSeconds: loadTime.seconds, totalSeconds: total.seconds, stepCount: statistics.stepCount,
      preemptionCount: statistics.preemptionCount, prefixHitTokenCount: statistics.prefixHitTokenCount,
      peakResidentBytes: SystemMemory.peakResidentBytes(), threadCount: engine.context.threadCount,
      instructionSet: Self.instructionSet(configuration.matmul))
  }

  /// What `instruction_set` says for a backend: the one place to tell which code multiplied.
  static func instructionSet(_ backend: MatmulBackend) -> String {
    switch backend {
    case .openblas: backend.rawValue
    case .native: InstructionSet.current.rawValue
    }
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
