import QuireRequests
import Foundation
import QuireJSON
import Testing

@testable import QuireEngine
@testable import QuireBatch
@testable import QuireScheduling

@Suite("Timeline")
struct TimelineTests {
  private struct Drawn {
    var bars: [TimelineBar] = []
    var run: ScheduledRun
    var laneCount = 0
    var abandoned: Set<SequenceID> = []
    var wasPreempted: [SequenceID] = []
  }

  private func draw(seed: UInt64, aborting: Bool) throws -> Drawn {
    var drawn = Drawn(run: try ScheduledRun(seed: seed, requestCount: 60))
    var tracker = SequenceTracker()
    var bars = BarTracker()
    var names = LineNames()
    var running: Set<SequenceID> = []
    while let step = try drawn.run.next(
      aborting: aborting, began: { names.begin($0, LineName(id: nil, number: Int($0) + 1)) })
    {
      let changes = tracker.advance(step)
      for admission in changes.admitted { names.note(admission.entry) }
      drawn.abandoned.formUnion(changes.abandoned)
      drawn.wasPreempted += step.batch.preempted.filter(running.contains)
      running = Set(step.batch.scheduled.map(\.sequenceID))
      let start = step.times.start - drawn.run.start
      drawn.bars += bars.advance(step, changes, start: start, names: names)
    }
    drawn.laneCount = bars.laneCount
    drawn.bars += bars.closeAll(.dropped)
    return drawn
  }

  @Test(
    "bars of a lane never overlap, and there are as many lanes as sequences ran at once", arguments: 0..<20)
  func lanes(seed: Int) throws {
    let drawn = try draw(seed: UInt64(seed), aborting: seed % 2 == 1)
    for (_, bars) in Dictionary(grouping: drawn.bars, by: \.lane) {
      let inOrder = bars.sorted { $0.start < $1.start }
      #expect(zip(inOrder, inOrder.dropFirst()).allSatisfy { $0.end <= $1.start })
    }
    #expect(
      drawn.bars.allSatisfy { bar in
        bar.start < bar.end && (bar.start...bar.end).contains(bar.prefillEnd ?? bar.end)
      })
    let most = drawn.run.steps.map { Set($0.batch.scheduled.map(\.sequenceID)).count }.max()
    #expect(drawn.laneCount == most)
  }

  @Test("every token and every draw lies in a bar, and bars end as sequences do", arguments: 0..<20)
  func accounts(seed: Int) throws {
    let drawn = try draw(seed: UInt64(seed), aborting: seed % 2 == 1)
    let steps = drawn.run.steps
    #expect(
      drawn.bars.map(\.computedTokenCount).reduce(0, +)
        == steps.map(\.batch.scheduledTokenCount).reduce(0, +))
    let rows = steps.map { $0.batch.scheduled.filter(\.needsSample).count }.reduce(0, +)
    #expect(drawn.bars.map(\.drawCount).reduce(0, +) == rows)
    let byEnding = Dictionary(grouping: drawn.bars, by: \.ending).mapValues { $0.map(\.sequenceID) }
    #expect(Set(byEnding[.finished] ?? []) == drawn.run.endedSequenceIDs)
    #expect(byEnding[.finished]?.count == drawn.run.endedSequenceIDs.count)
    #expect((byEnding[.preempted] ?? []).sorted() == drawn.wasPreempted.sorted())
    // An abort after the last step shows in no step.
    let last = try #require(steps.last)
    let atEnd = last.batch.scheduled.map(\.sequenceID).filter { !last.endedSequenceIDs.contains($0) }
    #expect(Set(byEnding[.dropped] ?? []) == drawn.abandoned.union(atEnd))
    #expect(byEnding[.cut] == nil)
    for (_, bars) in Dictionary(grouping: drawn.bars, by: \.requestID) {
      #expect(bars.allSatisfy { $0.line?.number == Int($0.requestID) + 1 })
      let first = bars.map(\.sequenceID).min()!
      #expect(bars.allSatisfy { $0.sampleIndex == Int($0.sequenceID - first) })
    }
  }

  @Test("a preempted sequence that ends with its request is forgotten", arguments: [false, true])
  func forgotten(ends: Bool) throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 2, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 5))
    _ = try scheduler.add(requestID: 0, promptTokenIDs: [1, 2, 3], outputTokenLimit: 9)
    let batch = scheduler.schedule()
    let idle = SchedulerOutput()
    var gone = idle
    gone.preempted = [0]
    let load = EngineLoad(scheduler)
    var tracker = SequenceTracker()
    var changes = StepChanges()
    for (number, batch) in [batch, gone, idle, batch].enumerated() {
      changes = tracker.advance(
        StepRecord(
          number: number, batch: batch, load: load, times: StepTimes(), outputTokenCount: 0,
          prefixHitTokenCount: 0, endedSequenceIDs: ends && number == 2 ? [0] : []))
    }
    #expect(changes.admitted.map(\.isResumed) == [!ends])
  }

  @Test("a preempted sequence comes back to its lane where that is free")
  func gaps() {
    var lanes = LanePlan()
    #expect((0..<4).map { _ in lanes.take() } == [0, 1, 2, 3])
    for lane in [2, 0, 3] { lanes.free(lane) }
    #expect(lanes.take(preferring: 2) == 2)
    #expect(lanes.take(preferring: 2) == 0)
    #expect(lanes.take() == 3)
    #expect(lanes.take() == 4)
    lanes.free(2)
    #expect(lanes.take() == 2)
    #expect(lanes.count == 5)
  }

  // MARK: Files

  private func write(
    _ encoder: any TimelineEncoder, id: LineID? = nil, stepCount: Int = .max, closes: Bool = true
  ) throws -> (text: String, run: ScheduledRun) {
    let directory = TemporaryDirectory()
    let path = directory.path + "/timeline"
    let output = try OutputFile(path: path, overwrite: true, readFiles: [])
    let timeline = TimelineFile(output, encoder, .test)
    let start = ContinuousClock.now
    var run = try ScheduledRun(seed: 11, requestCount: 60)
    let observer = RunObserver(start: run.start, timeline: timeline)
    while run.steps.count < stepCount,
      let step = try run.next(began: {
        observer.begin(requestID: $0, line: LineName(id: id, number: Int($0) + 1))
      })
    {
      observer.observe(step)
    }
    var counts = JobProgress()
    (counts.answeredLineCount, counts.errorLineCount) = (58, 2)
    if closes {
      try timeline.finish(observer.metrics, .interrupted, counts, at: .now - start)
    } else {
      timeline.flush()
    }
    return (String(decoding: directory.content("timeline"), as: UTF8.self), run)
  }

  private func events(_ text: String) throws -> [[String: Any]] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  @Test(
    "trace events are an array in which every bar ends and its parts lie within it", arguments: [9, Int.max])
  func traceEvents(stepCount: Int) throws {
    let (text, run) = try write(TraceEventEncoder(), stepCount: stepCount)
    let slices = try events(text).filter { $0["ph"] as? String == "X" }
    #expect(slices.allSatisfy { $0["dur"] as! Int >= 0 && $0["ts"] as! Int >= 0 })
    let sequences = slices.filter { $0["pid"] as? Int == 2 }
    let bars = sequences.filter { $0["args"] != nil }
    for (_, inLane) in Dictionary(grouping: bars, by: { $0["tid"] as! Int }) {
      let spans = inLane.map { ($0["ts"] as! Int, $0["ts"] as! Int + ($0["dur"] as! Int)) }.sorted {
        $0.0 < $1.0
      }
      #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.1 <= $1.0 })
    }
    for part in sequences where part["args"] == nil {
      let (start, end) = (part["ts"] as! Int, part["ts"] as! Int + (part["dur"] as! Int))
      #expect(["prefill", "decode"].contains(part["name"] as! String))
      #expect(
        bars.contains {
          let from = $0["ts"] as! Int
          return $0["tid"] as! Int == part["tid"] as! Int && from <= start
            && end <= from + ($0["dur"] as! Int)
        })
    }
    let args = bars.map { $0["args"] as! [String: Any] }
    let sequenceIDs = Set(run.steps.flatMap(\.batch.scheduled).map { Int($0.sequenceID) })
    #expect(Set(args.map { $0["sequence"] as! Int }) == sequenceIDs)
    #expect(args.contains { $0["ending"] as? String == "dropped" } == (stepCount < Int.max))
    let steps = slices.filter { ($0["name"] as! String).hasPrefix("step ") }
    #expect(steps.count == run.steps.count)
    #expect(
      try events(text).contains {
        $0["ph"] as? String == "i" && $0["name"] as? String == "run ended: interrupted"
      })
  }

  @Test("trace events that break off need nothing but their bracket")
  func tornTraceEvents() throws {
    let (text, run) = try write(TraceEventEncoder(), stepCount: 40, closes: false)
    #expect(!text.hasSuffix("]\n"))
    #expect(
      try events(text + "]").filter { ($0["name"] as! String).hasPrefix("step ") }.count == run.steps.count)
  }

  /// The rows of a page, by kind.
  private func rows(_ page: String) throws -> [String: [[Any]]] {
    let opening = "<script type=\"text/plain\" id=\"run\">\n"
    let start = try #require(page.range(of: opening)).upperBound
    let end = try #require(page.range(of: "</script>", range: start..<page.endIndex)).lowerBound
    let rows = try page[start..<end].split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [Any])
    }
    return Dictionary(grouping: rows) { $0[0] as! String }
  }

  @Test("a page holds the whole run, its elements close, and it asks for nothing from elsewhere")
  func page() throws {
    let (page, run) = try write(PageEncoder())
    let rows = try rows(page)
    #expect(rows["run"]?.count == 1 && rows["end"]?.count == 1)
    #expect(rows["end"]?[0].suffix(2).map { $0 as? Int } == [58, 2])
    #expect(rows["step"]?.count == run.steps.count)
    #expect(rows["interval"]?.map { $0[3] as! Int }.reduce(0, +) == run.steps.count)
    #expect(
      Set(rows["bar"]!.map { $0[8] as! Int })
        == Set(run.steps.flatMap(\.batch.scheduled).map { Int($0.sequenceID) }))
    #expect(rows["cut"] == nil)
    for address in ["http:", "https:", "src=", "@import", "url("] { #expect(!page.contains(address)) }
    #expect(try openElements(page) == [])
  }

  @Test("an id cannot leave the block of rows")
  func escapes() throws {
    let json = Array(#""</script><b>&é\" ""#.utf8)
    let id = try LineID(JSONView(validating: json), path: "id")
    let (page, _) = try write(PageEncoder(), id: id)
    #expect(page.components(separatedBy: "</script>").count == 3)
    let labels = try Set(rows(page)["bar"]!.map { $0[6] as! String })
    #expect(labels.allSatisfy { $0.hasPrefix("</script><b>&é\" ") })
  }

  @Test("a page stops at its limits, says where, and still shows the whole run in intervals")
  func limits() throws {
    let (page, run) = try write(PageEncoder(barLimit: 10, stepLimit: 7))
    let rows = try rows(page)
    #expect(rows["step"]?.count == 7)
    #expect((10...16).contains(rows["bar"]!.count))
    let cut = try #require(rows["cut"]?.first?[1] as? Int)
    #expect(rows["bar"]!.allSatisfy { ($0[4] as! Int) <= cut })
    #expect(rows["bar"]!.contains { $0[5] as! String == "cut" })
    #expect(rows["interval"]?.map { $0[3] as! Int }.reduce(0, +) == run.steps.count)
  }

  @Test(
    "the name of the file says what is drawn",
    arguments: ["a.html", "b.HTML", "c.json", "d.svg", "html", "-", ""])
  func formats(path: String) {
    let expected: [String: TimelineFile.Format] = ["a.html": .page, "b.HTML": .page, "c.json": .traceEvents]
    #expect(TimelineFile.Format(path: path) == expected[path])
  }

  /// The elements that a page leaves open, or closes without need.
  private func openElements(_ page: String) throws -> [String] {
    var open: [String] = []
    var rest = page[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[start...]
      let end = try #require(rest.firstIndex(of: ">"))
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[end...]
      let name = String(tag.prefix { $0 != " " })
      if name.hasPrefix("!") || ["meta", "input"].contains(name) { continue }
      if name.hasPrefix("/") {
        if open.last == String(name.dropFirst()) { open.removeLast() } else { open.append(name) }
        continue
      }
      open.append(name)
      // Their text ends with their tag alone.
      if ["script", "style"].contains(name) {
        rest = rest[try #require(rest.range(of: "</\(name)>")).lowerBound...]
      }
    }
    return open
  }
}
