import QuireEngine
import QuireJSON
import QuireScheduling

/// Writes trace events: an array of JSON objects, one a line, times in microseconds. A viewer takes it without its last
/// bracket, too. Source: "Trace Event Format", the document of Chromium's trace viewer, which Perfetto reads.
struct TraceEventEncoder: TimelineEncoder {
  /// The groups of tracks.
  private enum Process: Int, CaseIterable {
    case engine = 1
    case sequences = 2

    var name: String {
      switch self {
      case .engine: "engine"
      case .sequences: "sequences"
      }
    }
  }

  let barLimit: Int? = nil
  private var writer = JSONWriter()
  private var namedLaneCount = 0

  mutating func begin(_ facts: RunFacts, to bytes: inout [UInt8]) {
    writer.beginArray()
    for process in Process.allCases {
      name("process_name", process, process.name, to: &bytes)
      event("M", process, "process_sort_index", to: &bytes) { line in
        line.key("args")
        line.object { $0.member("sort_index", process.rawValue) }
      }
    }
    name("process_labels", .engine, facts.modelName, to: &bytes)
    for engine in 0..<facts.engineCount {
      let title = facts.engineCount > 1 ? "steps of engine \(engine + 1)" : "steps"
      name("thread_name", .engine, thread: engine + 1, title, to: &bytes)
    }
  }

  mutating func add(_ bar: TimelineBar, to bytes: inout [UInt8]) {
    while namedLaneCount <= bar.lane {
      namedLaneCount += 1
      name("thread_name", .sequences, thread: namedLaneCount, "row \(namedLaneCount - 1)", to: &bytes)
    }
    slice(.sequences, thread: bar.lane + 1, bar.label, bar.start, bar.end, to: &bytes) { args in
      args.member("line", bar.line?.number)
      args.member("sample", Int(bar.sampleIndex))
      args.member("sequence", Int(bar.sequenceID))
      args.member("prompt_tokens", bar.promptTokenCount)
      args.member("cached_tokens", bar.cachedTokenCount)
      args.member("computed_tokens", bar.computedTokenCount)
      args.member("draws", bar.drawCount)
      args.member("beams", bar.beamCount)
      args.member("resumed", bar.isResumed)
      args.member("ending", bar.ending.rawValue)
    }
    let prefillEnd = bar.prefillEnd ?? bar.end
    if prefillEnd > bar.start {
      slice(.sequences, thread: bar.lane + 1, "prefill", bar.start, prefillEnd, to: &bytes)
    }
    if bar.end > prefillEnd {
      slice(.sequences, thread: bar.lane + 1, "decode", prefillEnd, bar.end, to: &bytes)
    }
  }

  mutating func add(_ step: StepRecord, start: Duration, to bytes: inout [UInt8]) {
    let (phases, load) = (step.times.phases, step.load)
    let thread = 1 + (step.engine ?? 0)
    slice(.engine, thread: thread, "step \(step.number)", start, start + phases.total, to: &bytes) { args in
      args.member("sequences", step.batch.scheduled.count)
      args.member("tokens", step.batch.scheduledTokenCount)
      args.member("prompt_tokens", step.promptTokenCount)
      args.member("preempted", step.batch.preempted.count)
      args.member("copied_blocks", step.batch.blockCopies.count)
      args.member("prefix_hit_tokens", step.prefixHitTokenCount)
    }
    var time = start
    for (name, duration) in phases.named {
      if duration >= .microseconds(1) {
        slice(.engine, thread: thread, name, time, time + duration, to: &bytes)
      }
      time += duration
    }
    counter("batch", start, [("sequences", step.batch.scheduled.count)], to: &bytes)
    counter("tokens", start, [("tokens", step.batch.scheduledTokenCount)], to: &bytes)
    counter("blocks in use", start, [("blocks", load.usedBlockCount)], to: &bytes)
    counter("waiting", start, [("sequences", load.waitingCount)], to: &bytes)
  }

  mutating func endBars(at time: Duration, to bytes: inout [UInt8]) {}

  mutating func end(
    _ metrics: EngineMetrics, _ end: JobEnd?, _ progress: JobProgress, at time: Duration,
    to bytes: inout [UInt8]
  ) {
    counter("batch", metrics.total.end, [("sequences", 0)], to: &bytes)
    counter("tokens", metrics.total.end, [("tokens", 0)], to: &bytes)
    counter("blocks in use", metrics.total.end, [("blocks", 0)], to: &bytes)
    counter("waiting", metrics.total.end, [("sequences", 0)], to: &bytes)
    event("i", .engine, "run ended: \(JobEnd.name(end))", to: &bytes) { line in
      line.member("tid", 1)
      line.member("ts", time.microseconds)
      line.member("s", "g")
      line.key("args")
      line.object { line in
        line.member("answered", progress.answeredLineCount)
        line.member("failed", progress.errorLineCount)
      }
    }
    writer.breakLine()
    writer.endArray()
    writer.endLine()
    bytes.append(contentsOf: writer.takeBytes())
  }

  // MARK: Events

  private mutating func event(
    _ kind: String, _ process: Process, _ name: String, to bytes: inout [UInt8],
    _ members: (inout JSONWriter) -> Void
  ) {
    writer.breakLine()
    writer.object { line in
      line.member("ph", kind)
      line.member("pid", process.rawValue)
      line.member("name", name)
      members(&line)
    }
    bytes.append(contentsOf: writer.takeBytes())
  }

  private mutating func name(
    _ what: String, _ process: Process, thread: Int? = nil, _ name: String, to bytes: inout [UInt8]
  ) {
    event("M", process, what, to: &bytes) { line in
      if let thread { line.member("tid", thread) }
      line.key("args")
      line.object { $0.member(what == "process_labels" ? "labels" : "name", name) }
    }
  }

  private mutating func slice(
    _ process: Process, thread: Int, _ name: String, _ start: Duration, _ end: Duration,
    to bytes: inout [UInt8], args: ((inout JSONWriter) -> Void)? = nil
  ) {
    event("X", process, name, to: &bytes) { line in
      line.member("tid", thread)
      line.member("ts", start.microseconds)
      line.member("dur", end.microseconds - start.microseconds)
      guard let args else { return }
      line.key("args")
      line.object(args)
    }
  }

  private mutating func counter(
    _ name: String, _ time: Duration, _ values: [(name: StaticString, Int)], to bytes: inout [UInt8]
  ) {
    event("C", .engine, name, to: &bytes) { line in
      line.member("ts", time.microseconds)
      line.key("args")
      line.object { args in
        for (name, value) in values { args.member(name, value) }
      }
    }
  }
}
