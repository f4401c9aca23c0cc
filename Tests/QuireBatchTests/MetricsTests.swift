import QuireRequests
import Foundation
import QuireJSON
import QuireScheduling
import Testing

@testable import QuireEngine
@testable import QuireBatch

@Suite("Metrics")
struct MetricsTests {
  private func report(_ progress: JobProgress, end: JobEnd? = .complete) throws -> MetricsReport {
    var run = try ScheduledRun(seed: 5, requestCount: 40)
    let observer = RunObserver(start: run.start)
    while let step = try run.next(began: { _ in }) { observer.observe(step) }
    return MetricsReport(
      facts: .test, end: end, totalTime: .seconds(10), progress: progress, metrics: observer.metrics,
      observationTime: .milliseconds(3), peakResidentBytes: nil)
  }

  private func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  @Test("the report has its members in the documented order, one a line")
  func order() throws {
    let text = String(decoding: try report(JobProgress()).bytes, as: UTF8.self)
    let names = text.split(separator: "\n").dropFirst().dropLast().map {
      String($0.split(separator: "\"")[1])
    }
    #expect(
      names == [
        "version", "model", "end", "load_seconds", "total_seconds", "requests", "tokens", "throughput",
        "phases", "beside", "steps", "scheduling", "blocks", "process", "options", "over_time",
      ])
    #expect(
      text.hasPrefix(
        "{\n \"version\":\"1.2.3\",\n \"model\":\"a <model>\",\n \"end\":\"complete\",\n \"load_seconds\":1.5,"
      ))
    #expect(text.hasSuffix("}\n"))
  }

  @Test("phases add up to the whole time, columns to the totals")
  func sums() throws {
    var progress = JobProgress()
    progress.times.input = .seconds(40)
    progress.times.idle = .seconds(2)
    progress.times.handOver = .milliseconds(40)
    progress.times.output = .microseconds(7)
    let report = try report(progress)
    let object = try object(report.bytes)
    let phases = try #require(object["phases"] as? [String: Double])
    #expect(phases["idle_seconds"] == 2 && phases["observation_seconds"] == 0.003)
    #expect(phases["lines_seconds"] == 0.04)
    #expect(object["beside"] as? [String: Double] == ["input_seconds": 40, "output_seconds": 0.000007])
    #expect(abs(phases.values.reduce(0, +) - 10) < 1e-4)
    let columns = try #require(object["over_time"] as? [String: Any])
    let intervalCount = (columns["steps"] as! [Int]).count
    #expect(intervalCount == report.metrics.history.intervals.count)
    for (name, value) in columns where name != "steps_per_interval" {
      #expect((value as! [Double]).count == intervalCount, "\(name)")
    }
    let tokens = try #require(object["tokens"] as? [String: Int])
    #expect((columns["computed_tokens"] as! [Int]).reduce(0, +) == tokens["computed_tokens"])
    #expect((columns["output_tokens"] as! [Int]).reduce(0, +) == tokens["output_tokens"])
    let steps = try #require(object["steps"] as? [String: Any])
    for name in ["sequences_per_step", "tokens_per_step"] {
      let bins = (steps[name] as! [String: Any])["histogram"] as! [[String: Int]]
      #expect(bins.map { $0["steps"]! }.reduce(0, +) == steps["steps"] as? Int)
    }
  }

  @Test(
    "failed lines are counted by code, in alphabetical order, and dropped ones told",
    arguments: [nil, JobEnd.interrupted])
  func failures(end: JobEnd?) throws {
    var job = TestJob()
    let engine = job.engine
    job.options.gracePeriod = .zero
    job.isInterrupted = { engine.stepCount >= 2 }
    let progress = try job.run(
      "{\"prompt\":1}\n{\"prompt\":\"abcdef\"}\nx\n{\"prompt\":2}\n{\"prompt\":\"a\"}"
    ).progress
    let object = try object(try report(progress, end: end).bytes)
    #expect(object["end"] as? String == (end == nil ? "failed" : "interrupted"))
    let requests = try #require(object["requests"] as? [String: Any])
    #expect(requests["answered"] as? Int == 1 && requests["dropped"] as? Int == 1)
    #expect(requests["failed_by_code"] as? [String: Int] == ["invalid_json": 1, "invalid_type": 2])
    #expect(requests["failed"] as? Int == 3)
  }

  @Test("a job's own time is kept apart: waiting for a pipe is idle, not input")
  func idle() throws {
    let pipe = TestPipe()
    let directory = TemporaryDirectory()
    let output = try OutputFile(path: directory.path + "/out.jsonl", overwrite: true, readFiles: [])
    var job = TestJob()
    var reportCount = 0
    job.observe = { _ in
      reportCount += 1
      // The first wait has passed without a line.
      guard reportCount == 1 else { return }
      pipe.write(Array("{\"prompt\":\"first\"}\n".utf8))
      pipe.closeWriteEnd()
    }
    let loop = job.job(descriptor: pipe.readEnd, output)
    #expect(try loop.run() == .complete)
    let times = loop.progress.times
    #expect(times.idle >= .milliseconds(50))
    #expect(times.input >= .zero && times.output > .zero)
  }

  // MARK: The file

  @Test("the metrics file is replaced as a whole, and nothing stays beside it")
  func replacement() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("metrics.json", "old".utf8)
    let link = directory.path + "/link.json"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let file = try MetricsFile(path: link, takenFiles: [])
    #expect(directory.content("metrics.json") == Array("old".utf8))
    try file.write(Array("new".utf8))
    #expect(directory.content("metrics.json") == Array("new".utf8))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == [
        "link.json", "metrics.json",
      ])
    file.refresh(Array("running".utf8))
    #expect(directory.content("metrics.json") == Array("running".utf8))
    try file.write(Array("done".utf8))
    #expect(directory.content("metrics.json") == Array("done".utf8))
    try MetricsFile(path: "/dev/null", takenFiles: []).write([1])
  }

  @Test("a metrics file that cannot be made, or has another use, is refused before the run")
  func refusals() throws {
    let directory = TemporaryDirectory()
    let input = directory.file("in.jsonl", "{}".utf8)
    let taken = [FileIdentity(path: input)].compactMap { $0 }
    for (path, words) in [
      (input, "reads or writes"), (directory.path, "is a directory"), ("-", "name one"), ("", "empty name"),
      (directory.path + "/none/m.json", "No such file"), (input + "/m.json", "check the path"),
    ] {
      let error = #expect(throws: JobError.self) { try MetricsFile(path: path, takenFiles: taken) }
      #expect(error?.kind == .outputUnusable)
      #expect(error?.description.contains(words) == true)
      #expect(path.isEmpty || error?.description.contains(path) == true)
    }
    #expect(directory.content("in.jsonl") == Array("{}".utf8))
  }

  @Test("a file that the run has open is refused, also as a descriptor; so is a link to nothing")
  func openFiles() throws {
    let directory = TemporaryDirectory()
    let log = directory.file("log", "told".utf8)
    let descriptor = open(log, O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    let dangling = directory.path + "/dangling"
    try FileManager.default.createSymbolicLink(atPath: dangling, withDestinationPath: "nothing")
    var paths = [log, dangling]
    if FileManager.default.fileExists(atPath: "/proc/self/fd/\(descriptor)") {
      paths += ["/dev/fd/\(descriptor)", "/proc/self/fd/\(descriptor)"]
    }
    for path in paths {
      let error = #expect(throws: JobError.self) { try MetricsFile(path: path, takenFiles: []) }
      #expect(error?.kind == .outputUnusable)
      let words = path == dangling ? "leads to no file" : "open as descriptor \(descriptor) of this run"
      #expect(error?.description.contains(words) == true)
    }
    #expect(directory.content("log") == Array("told".utf8))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["dangling", "log"])
  }

  @Test("a file that another run writes its answers to is never replaced, before that run began or after")
  func anothersOutput() throws {
    let directory = TemporaryDirectory()
    let path = directory.file("answers.jsonl", "kept".utf8)
    let early = try MetricsFile(path: path, takenFiles: [])
    // The lock of another process is, as this one, of another open file.
    let answers = open(path, O_WRONLY | O_APPEND)
    #expect(flock(answers, LOCK_EX | LOCK_NB) == 0)
    let identity = try #require(FileIdentity(path: path))
    let late = try MetricsFile(path: directory.path + "/m.json", takenFiles: [])
    #expect(throws: IOError.self) { try early.write(Array("lost".utf8)) }
    early.refresh(Array("lost".utf8))
    #expect(throws: JobError.self) { try MetricsFile(path: path, takenFiles: []) }
    try late.write(Array("new".utf8))
    #expect(FileIdentity(path: path) == identity && directory.content("answers.jsonl") == Array("kept".utf8))
    close(answers)
    try early.write(Array("free".utf8))
    #expect(directory.content("answers.jsonl") == Array("free".utf8))
  }

  @Test("the reader of a pipe waits for the metrics")
  func pipe() throws {
    let path = TemporaryDirectory().path + "-fifo"
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    let file = try MetricsFile(path: path, takenFiles: [])
    var bytes: [UInt8] = [0, 0, 0, 0]
    // The end of the pipe would be 0 bytes.
    #expect(read(reader, &bytes, 4) == -1 && errno == EAGAIN)
    try file.write([1, 2, 3])
    #expect(read(reader, &bytes, 4) == 3 && bytes == [1, 2, 3, 0])
  }

  @Test("a name that is taken is not written to while the file is made")
  func collision() throws {
    let directory = TemporaryDirectory()
    let taken = directory.file("m.json.\(getpid()).0.partial", "kept".utf8)
    try MetricsFile(path: directory.path + "/m.json", takenFiles: []).write(Array("new".utf8))
    #expect(directory.content("m.json") == Array("new".utf8))
    #expect(try Data(contentsOf: URL(fileURLWithPath: taken)) == Data("kept".utf8))
  }

  // MARK: A line a step

  @Test("a step's line tells its batch, who came, who left, and what was copied")
  func stepText() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 2, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 5,
        enablePrefixCaching: false))
    var lines: [String] = []
    let observer = RunObserver(tellStep: { lines.append($0) })
    _ = try scheduler.add(
      requestID: 0, promptTokenIDs: [1, 2, 3, 4, 5, 6], outputTokenLimit: 9, sampleCount: 2)
    observer.begin(requestID: 0, line: LineName(id: nil, number: 3))
    for number in 1...10 {
      let batch = scheduler.schedule()
      let load = EngineLoad(scheduler)
      let results = batch.scheduled.flatMap { entry in
        let outputTokenCount = scheduler.sequence(entry.sequenceID)!.outputTokenCount
        return entry.sampleIDs.map {
          SampledResult(sequenceID: $0, tokenID: 7, isFinished: outputTokenCount == 8)
        }
      }
      scheduler.update(results)
      observer.observe(
        StepRecord(
          number: number, batch: batch, load: load, times: StepTimes(), outputTokenCount: 1,
          prefixHitTokenCount: number == 1 ? 4 : 0, endedSequenceIDs: []))
    }
    #expect(
      lines == [
        "step 1: 1 running, 0 waiting, 3/5 blocks free, 1 sequences x 6 tokens, admitted s0 (line 3), 4 tokens hit",
        "step 2: 2 running, 0 waiting, 2/5 blocks free, 2 sequences x 2 tokens, admitted s1 (line 3 #1), copied 1>2",
        "step 3: 2 running, 0 waiting, 2/5 blocks free, 2 sequences x 2 tokens",
        "step 4: 2 running, 0 waiting, 0/5 blocks free, 2 sequences x 2 tokens",
        "step 5: 2 running, 0 waiting, 0/5 blocks free, 2 sequences x 2 tokens",
        "step 6: 2 running, 0 waiting, 0/5 blocks free, 2 sequences x 2 tokens",
        "step 7: 2 running, 0 waiting, 0/5 blocks free, 2 sequences x 2 tokens",
        "step 8: 1 running, 1 waiting, 1/5 blocks free, 1 sequences x 1 tokens, preempted s1",
        "step 9: 1 running, 1 waiting, 1/5 blocks free, 1 sequences x 1 tokens",
        "step 10: 1 running, 0 waiting, 3/5 blocks free, 1 sequences x 8 tokens, admitted s1 (line 3 #1 again)",
      ])
  }

  @Test("long ids are cut, so that records stay small")
  func names() throws {
    #expect(LineName(id: nil, number: 4).text == "line 4")
    let outcome = LineName(
      id: try LineID(
        JSONView(validating: Array("\"\(String(repeating: "é", count: 500))\"".utf8)), path: "id"),
      number: 1)
    #expect(outcome.text == String(repeating: "é", count: 38) + "…")
    for text in ["e" + String(repeating: "\u{301}", count: 100_000), String(repeating: "👩‍👩‍👧", count: 30)] {
      let id = try LineID(JSONView(validating: Array("\"\(text)\"".utf8)), path: "id")
      let name = LineName(id: id, number: 1).text
      #expect((77...80).contains(name.utf8.count) && name.hasSuffix("…"))
      #expect(text.utf8.starts(with: name.utf8.dropLast("…".utf8.count)))
      #expect(!name.unicodeScalars.contains("\u{FFFD}"))
    }
  }
}
