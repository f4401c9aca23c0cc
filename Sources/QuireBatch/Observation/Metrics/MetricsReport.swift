package import QuireEngine
import QuireJSON

/// What a run amounted to, as the metrics file holds it: one JSON object with a fixed order of keys, a member a line.
/// `docs/observability.md` explains each key.
package struct MetricsReport: Sendable {
  /// What was known before the first step.
  package let facts: RunFacts
  /// How the job ended; nil where it failed, or goes on.
  package let end: JobEnd?
  /// Whether the job goes on.
  package let isRunning: Bool
  /// The time from the first line read to the last one written.
  package let totalTime: Duration
  /// What became of the lines.
  package let progress: JobProgress
  /// What the engine did.
  package let metrics: EngineMetrics
  /// What the observer took of the time.
  package let observationTime: Duration
  /// The process's largest resident size in bytes; nil where the system does not say.
  package let peakResidentBytes: Int?

  /// A report; each argument is the field of its name.
  package init(
    facts: RunFacts, end: JobEnd?, isRunning: Bool = false, totalTime: Duration, progress: JobProgress,
    metrics: EngineMetrics,
    observationTime: Duration, peakResidentBytes: Int?
  ) {
    self.facts = facts
    self.end = end
    self.isRunning = isRunning
    self.totalTime = totalTime
    self.progress = progress
    self.metrics = metrics
    self.observationTime = observationTime
    self.peakResidentBytes = peakResidentBytes
  }

  /// The file's text.
  package var bytes: [UInt8] {
    let members: [(StaticString, (inout JSONWriter) -> Void)] = [
      ("version", { $0.string(facts.version) }), ("model", { $0.string(facts.modelName) }),
      ("end", { $0.string(isRunning ? "running" : JobEnd.name(end)) }),
      ("load_seconds", { $0.seconds(facts.loadTime) }),
      ("total_seconds", { $0.seconds(totalTime) }), ("requests", writeRequests), ("tokens", writeTokens),
      ("throughput", writeThroughput), ("phases", writePhases), ("beside", writeBeside),
      ("steps", writeSteps),
      ("scheduling", writeScheduling), ("blocks", writeBlocks), ("process", writeProcess),
      ("options", writeOptions), ("over_time", writeHistory),
    ]
    var text = JSONWriter()
    text.beginObject()
    for (name, write) in members {
      text.breakLine(indentation: 1)
      text.key(name)
      write(&text)
    }
    text.breakLine()
    text.endObject()
    text.endLine()
    return text.bytes
  }

  private func writeRequests(_ line: inout JSONWriter) {
    line.object { line in
      line.member("answered", progress.answeredLineCount)
      line.member("failed", progress.errorLineCount)
      line.member("dropped", progress.droppedLineCount)
      line.member("resumed", progress.resumedLineCount)
      line.key("failed_by_code")
      line.object { line in
        for (code, count) in progress.errorLineCounts.sorted(by: { $0.key < $1.key }) {
          line.textKey(code)
          line.integer(count)
        }
      }
      line.member("folded", progress.foldedLineCount)
      line.member("cached", progress.cachedLineCount)
      line.member("prompt_tokens", progress.promptTokenCount)
      line.member("output_tokens", progress.outputTokenCount)
    }
  }

  private func writeTokens(_ line: inout JSONWriter) {
    line.object { line in
      line.member("computed_tokens", metrics.total.computedTokenCount)
      line.member("computed_prompt_tokens", metrics.total.promptTokenCount)
      line.member("recomputed_tokens", metrics.recomputedTokenCount)
      line.member("prefix_hit_tokens", metrics.total.prefixHitTokenCount)
      line.member("draft_tokens", metrics.total.draftTokenCount)
      line.member("accepted_draft_tokens", metrics.total.acceptedDraftTokenCount)
      line.member("output_tokens", metrics.total.outputTokenCount)
      line.member("resumed_tokens", progress.continuedTokenCount)
    }
  }

  private func writeThroughput(_ line: inout JSONWriter) {
    line.object { line in
      line.key("output_tokens_per_second")
      line.rate(metrics.total.outputTokenCount, totalTime)
      line.key("computed_tokens_per_second")
      line.rate(metrics.total.computedTokenCount, totalTime)
      line.key("requests_per_second")
      line.rate(
        max(0, progress.answeredLineCount + progress.errorLineCount - progress.resumedLineCount), totalTime)
    }
  }

  private func writePhases(_ line: inout JSONWriter) {
    let (phases, job) = (metrics.phases, progress.times)
    let known = phases.total + job.handOver + job.idle + observationTime
    line.object { line in
      for (name, time) in phases.named + [
        ("lines", job.handOver), ("idle", job.idle), ("observation", observationTime),
        ("other", max(.zero, totalTime * facts.engineCount - known)),
      ] {
        line.textKey("\(name)_seconds")
        line.seconds(time)
      }
    }
  }

  private func writeBeside(_ line: inout JSONWriter) {
    line.object { line in
      line.key("input_seconds")
      line.seconds(progress.times.input)
      line.key("output_seconds")
      line.seconds(progress.times.output)
    }
  }

  private func writeSteps(_ line: inout JSONWriter) {
    line.object { line in
      line.member("steps", metrics.total.stepCount)
      line.key("sequences_per_step")
      line.histogram(metrics.sequencesPerStep)
      line.key("tokens_per_step")
      line.histogram(metrics.tokensPerStep)
    }
  }

  private func writeScheduling(_ line: inout JSONWriter) {
    line.object { line in
      line.member("admissions", metrics.admissionCount)
      line.member("preemptions", metrics.total.preemptionCount)
      line.member("copied_blocks", metrics.copiedBlockCount)
      line.member("peak_running_sequences", metrics.peakRunningCount)
      line.member("peak_waiting_sequences", metrics.peakWaitingCount)
    }
  }

  private func writeBlocks(_ line: inout JSONWriter) {
    let plan = facts.kvCachePlan
    line.object { line in
      line.member("total_blocks", plan.blockCount * facts.engineCount)
      line.member("block_size_tokens", plan.blockSize)
      line.member("block_bytes", plan.bytesPerBlock)
      line.member("block_layers", plan.layersPerBlock)
      line.member("layer_groups", plan.layerGroupCount)
      line.member("peak_used_blocks", metrics.total.peakUsedBlockCount)
      line.key("mean_used_blocks")
      line.decimal(metrics.total.meanUsedBlockCount)
    }
  }

  private func writeProcess(_ line: inout JSONWriter) {
    line.object { line in
      line.member("peak_rss_bytes", peakResidentBytes)
      line.member("threads", facts.threadCount)
      line.member("engines", facts.engineCount)
      line.member("instruction_set", facts.instructionSet)
    }
  }

  private func writeOptions(_ line: inout JSONWriter) {
    let options = facts.configuration
    line.object { line in
      line.member("max_num_seqs", options.maxNumSeqs)
      line.member("max_num_batched_tokens", options.maxNumBatchedTokens)
      line.member("max_model_len", facts.kvCachePlan.maxModelLen)
      line.member("block_size", options.blockSize)
      line.member("kv_cache_memory_bytes", facts.kvCachePlan.byteCount * facts.engineCount)
      line.member("enable_chunked_prefill", options.enableChunkedPrefill)
      line.member("enable_prefix_caching", options.enablePrefixCaching)
      line.member("speculation", options.speculation.rawValue)
      line.member("dtype", options.dtype.rawValue)
      line.member("kv_cache_dtype", options.kvCacheDtype.rawValue)
      line.member("quantization", options.quantization.rawValue)
      line.member("matmul", options.matmulName)
      line.member("chat_template", options.chatTemplate)
      line.member("chat_date", options.chatDate)
      line.member("reasoning_parser", options.reasoningParser.rawValue)
      line.key("seed")
      line.integer(facts.seed)
    }
  }

  private func writeHistory(_ line: inout JSONWriter) {
    let intervals = metrics.history.intervals
    func column(_ name: StaticString, _ write: (inout JSONWriter, RunInterval) -> Void) {
      line.key(name)
      line.array(intervals, write)
    }
    line.beginObject()
    line.member("steps_per_interval", metrics.history.stepsPerInterval)
    column("start_seconds") { $0.seconds($1.start) }
    column("end_seconds") { $0.seconds($1.end) }
    column("steps") { $0.integer($1.stepCount) }
    column("mean_used_blocks") { $0.decimal($1.meanUsedBlockCount) }
    column("peak_used_blocks") { $0.integer($1.peakUsedBlockCount) }
    column("mean_running_sequences") { $0.decimal($1.meanRunningCount) }
    column("mean_waiting_sequences") { $0.decimal($1.meanWaitingCount) }
    column("computed_tokens") { $0.integer($1.computedTokenCount) }
    column("prompt_tokens") { $0.integer($1.promptTokenCount) }
    column("output_tokens") { $0.integer($1.outputTokenCount) }
    column("prefix_hit_tokens") { $0.integer($1.prefixHitTokenCount) }
    column("draft_tokens") { $0.integer($1.draftTokenCount) }
    column("accepted_draft_tokens") { $0.integer($1.acceptedDraftTokenCount) }
    column("preemptions") { $0.integer($1.preemptionCount) }
    line.endObject()
  }
}

extension JSONWriter {
  /// Seconds, exact to the microsecond.
  fileprivate mutating func seconds(_ time: Duration) { number(Double(time.microseconds) / 1_000_000) }

  /// Writes a number with three decimals.
  fileprivate mutating func decimal(_ value: Double) { number((value * 1000).rounded() / 1000) }

  /// Null where no time has passed.
  fileprivate mutating func rate(_ count: Int, _ time: Duration) {
    if time > .zero { decimal(Double(count) / (time / .seconds(1))) } else { null() }
  }

  fileprivate mutating func histogram(_ histogram: Histogram) {
    object { line in
      line.key("mean")
      if let mean = histogram.mean { line.decimal(mean) } else { line.null() }
      line.member("max", histogram.largest)
      line.key("histogram")
      line.array(histogram.bins) { line, bin in
        line.object { line in
          line.member("from", bin.range.lowerBound)
          line.member("to", bin.range.upperBound)
          line.member("steps", bin.count)
        }
      }
    }
  }
}
