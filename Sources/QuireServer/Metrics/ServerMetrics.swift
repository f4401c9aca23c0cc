#if Server
  package import QuireEngine
  package import QuireRequests
  import Metrics
  import QuireScheduling

  /// What the server measures, by swift-metrics, and `/metrics` that tells it in Prometheus' text; names are vLLM's with `quire_`
  /// before them.
  package final class ServerMetrics: LiveObserver, RouteGroup, Sendable {
    private let registry = MetricsRegistry()
    private let factory: RegistryFactory
    private let timeToFirstToken: Timer
    private let interTokenLatency: Timer
    private let requestLatency: Timer
    private let promptTokens: Recorder
    private let outputTokens: Recorder

    /// Metrics of a server that has done nothing.
    package init() {
      factory = RegistryFactory(registry: registry)
      for (name, kind, help) in Self.descriptions { registry.describe(name, kind, help) }
      let counts = (0...17).map { Double(1 << $0) }
      registry.describe(
        "quire_request_prompt_tokens", .histogram, "Prompt tokens of a request.", bounds: counts)
      registry.describe(
        "quire_request_generation_tokens", .histogram, "Tokens of a request's answers.", bounds: counts)
      timeToFirstToken = Timer(label: "quire_time_to_first_token_seconds", dimensions: [], factory: factory)
      interTokenLatency = Timer(label: "quire_inter_token_latency_seconds", dimensions: [], factory: factory)
      requestLatency = Timer(label: "quire_e2e_request_latency_seconds", dimensions: [], factory: factory)
      promptTokens = Recorder(
        label: "quire_request_prompt_tokens", dimensions: [], aggregate: true, factory: factory)
      outputTokens = Recorder(
        label: "quire_request_generation_tokens", dimensions: [], aggregate: true, factory: factory)
    }

    private static let descriptions: [(String, MetricsRegistry.Kind, String)] = [
      ("quire_http_requests_total", .counter, "Requests answered, by method, route and status."),
      (
        "quire_http_request_duration_seconds", .histogram,
        "From a request's head to its answer's end, by route."
      ),
      ("quire_request_success_total", .counter, "Answers, by why they ended."),
      (
        "quire_time_to_first_token_seconds", .histogram,
        "From a request's body to its first token, of streams."
      ),
      ("quire_inter_token_latency_seconds", .histogram, "Between the tokens of a stream."),
      ("quire_e2e_request_latency_seconds", .histogram, "From a request's body to the end of its answers."),
      ("quire_num_requests_running", .gauge, "Sequences that were computed in the last step."),
      ("quire_num_requests_waiting", .gauge, "Sequences that waited in the last step."),
      ("quire_kv_cache_usage_perc", .gauge, "Share of the KV cache's blocks in use, from 0 to 1."),
      ("quire_engine_steps_total", .counter, "Steps of the engine."),
      ("quire_prompt_tokens_total", .counter, "Prompt tokens computed."),
      ("quire_generation_tokens_total", .counter, "Tokens generated."),
      (
        "quire_prefix_cache_hits_total", .counter,
        "Tokens found in the prefix cache instead of being computed."
      ),
      (
        "quire_num_preemptions_total", .counter, "How often a sequence lost its blocks and was computed anew."
      ),
      ("quire_spec_decode_num_draft_tokens_total", .counter, "Tokens computed before they were drawn."),
      (
        "quire_spec_decode_num_accepted_tokens_total", .counter,
        "Tokens computed before they were drawn that were drawn then."
      ),
    ]

    /// `/metrics`.
    package var routes: [Route] {
      [
        Route(.get, "/metrics") { [registry] _ in
          .text(registry.text, type: "text/plain; version=0.0.4; charset=utf-8")
        }
      ]
    }

    /// Counts a request that was answered.
    package var observe: @Sendable (AnsweredRequest) -> Void {
      { [factory] answered in
        // What clients choose, as a path that is none, is no label.
        let route = answered.route ?? "none"
        let method = answered.route == nil ? "" : answered.request.method
        Counter(
          label: "quire_http_requests_total",
          dimensions: [("method", method), ("route", route), ("status", "\(answered.status)")],
          factory: factory
        ).increment()
        Timer(label: "quire_http_request_duration_seconds", dimensions: [("route", route)], factory: factory)
          .recordNanoseconds(answered.time.nanoseconds)
      }
    }

    /// Counts an answer and its tokens.
    package func answered(_ output: RequestOutput, _ times: LiveTimes) {
      for answer in output.outputs {
        Counter(
          label: "quire_request_success_total",
          dimensions: [("finished_reason", answer.finishReason.rawValue)],
          factory: factory
        ).increment()
      }
      promptTokens.record(output.promptTokenIDs.count)
      outputTokens.record(output.outputs.reduce(0) { $0 + $1.tokenIDs.count })
      requestLatency.recordNanoseconds((ContinuousClock.now - times.arrival).nanoseconds)
      guard let first = times.updates.first else { return }
      timeToFirstToken.recordNanoseconds((first - times.arrival).nanoseconds)
      for (earlier, later) in zip(times.updates, times.updates.dropFirst()) {
        interTokenLatency.recordNanoseconds((later - earlier).nanoseconds)
      }
    }

    /// What watches an engine's steps.
    package var engineObserver: any StepObserver { EngineGauges(factory) }
  }

  /// Measures each step; belongs to the engine's thread.
  private final class EngineGauges: StepObserver {
    private let running: Meter
    private let waiting: Meter
    private let cacheUsage: Meter
    private let steps: Counter
    private let promptTokens: Counter
    private let outputTokens: Counter
    private let prefixHits: Counter
    private let preemptions: Counter
    private let drafts: Counter
    private let acceptedDrafts: Counter

    init(_ factory: RegistryFactory) {
      func meter(_ label: String) -> Meter { Meter(label: label, dimensions: [], factory: factory) }
      func counter(_ label: String) -> Counter { Counter(label: label, dimensions: [], factory: factory) }
      running = meter("quire_num_requests_running")
      waiting = meter("quire_num_requests_waiting")
      cacheUsage = meter("quire_kv_cache_usage_perc")
      steps = counter("quire_engine_steps_total")
      promptTokens = counter("quire_prompt_tokens_total")
      outputTokens = counter("quire_generation_tokens_total")
      prefixHits = counter("quire_prefix_cache_hits_total")
      preemptions = counter("quire_num_preemptions_total")
      drafts = counter("quire_spec_decode_num_draft_tokens_total")
      acceptedDrafts = counter("quire_spec_decode_num_accepted_tokens_total")
    }

    func observe(_ step: StepRecord) {
      running.set(max(0, step.load.runningCount - step.endedSequenceIDs.count))
      waiting.set(step.load.waitingCount)
      cacheUsage.set(Double(step.load.usedBlockCount) / Double(max(1, step.load.blockCount)))
      steps.increment()
      promptTokens.increment(by: step.promptTokenCount)
      outputTokens.increment(by: step.outputTokenCount)
      prefixHits.increment(by: step.prefixHitTokenCount)
      preemptions.increment(by: step.batch.preempted.count)
      drafts.increment(by: step.batch.draftTokenCount)
      acceptedDrafts.increment(by: step.acceptedDraftTokenCount)
    }

    func rest() {
      for gauge in [running, waiting, cacheUsage] { gauge.set(0) }
    }
  }

  extension Duration {
    fileprivate var nanoseconds: Int64 {
      components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
  }
#endif
