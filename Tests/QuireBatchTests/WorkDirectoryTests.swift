import Foundation
import QuireJSON
import QuirePlatform
import QuireRequests
import Testing

@testable import QuireBatch

/// A job that several processes share, each played by its own leases.
private struct SharedJob {
  let directory = TemporaryDirectory()
  let job: DurableJob
  let plan: WorkPlan
  private let lines: [FinishedLine]

  init(lineCount: Int, leaseSeconds: Int = 60) throws {
    job = DurableJob(directory: directory, lines: ShardedJob.lines(lineCount))
    plan = WorkPlan(lineCount: lineCount, inputSHA256: "ab", rangeLineCount: 4, leaseSeconds: leaseSeconds)
    lines = try job.finishedLines()
  }

  var manifest: JobManifest { JobManifest(version: "1", identity: job.identity, inputs: []) }
  var path: String { directory.path + "/work" }

  func process(_ name: String, lineLimit: Int = 8) throws -> RangeLeases {
    let work = WorkDirectory(path, holder: name, calls: FailingCalls.fast)
    return try RangeLeases(
      work, try work.join(manifest, plan), jobDigest: manifest.identity.digest, lineLimit: lineLimit,
      synchronizes: false)
  }

  /// Answers lines of a range, from the first on, that were not answered; returns how many there were.
  @discardableResult
  func answer(_ range: Int, _ process: RangeLeases, count: Int = .max) throws -> Int {
    let first = range * plan.rangeLineCount
    let open = (first..<first + plan.lineCount(ofRange: range)).filter {
      !process.isAnswered($0, inRange: range)
    }
    for index in open.prefix(count) { try process.write(lines[index]) }
    return open.count
  }

  func merge(_ process: RangeLeases) throws -> LineCounts? {
    try WorkMerge(
      directory: process.directory, plan: plan, manifest: manifest, output: job.path, fsync: .none
    ).run(
      against: InputIdentities(TextLines(IteratedTexts(job.lines)), LineParser()), isInterrupted: { false })
  }

  /// Whether output, ledger and manifest are those of one ordered run.
  func isMerged() throws -> Bool {
    var whole = DurableJob(lines: job.lines)
    whole.isOrdered = true
    try whole.run()
    return ["", ".lines", ".manifest.json"].allSatisfy {
      directory.content("out" + $0) == whole.directory.content("out" + $0)
    }
  }
}

@Suite struct WorkDirectoryTests {
  @Test("each range is one process's, and the answers of all are one ordered run")
  func sharing() throws {
    let job = try SharedJob(lineCount: 22)
    let processes = try [job.process("a"), job.process("b"), job.process("c")]
    for range in 0..<job.plan.rangeCount {
      let owner = processes[range % 3]
      #expect(try owner.decide(range, firstIndex: range * 4) == .own)
      for other in processes where other !== owner {
        #expect(try other.decide(range, firstIndex: range * 4) == .others)
      }
      try job.answer(range, owner)
    }
    for process in processes {
      process.forgetReading()
      #expect(try process.areAllDone())
    }
    #expect(processes.map(\.counts.publishedRangeCount) == [2, 2, 2])
    #expect(try job.merge(processes[1])?.lineCount == 22)
    #expect(try job.isMerged())
    #expect(try processes[0].takeMerge() == .own)
    processes[0].endMerge(isDone: true)
    processes[2].forgetReading()
    #expect(try processes[2].takeMerge() == .done(by: "a"))
  }

  @Test("a process takes no more than half of what is left, so that others find something")
  func shares() throws {
    let job = try SharedJob(lineCount: 128)
    let process = try job.process("a", lineLimit: 1000)
    func decide(_ range: Int) throws -> RangeLeases.Decision {
      try process.decide(range, firstIndex: range * 4)
    }
    #expect(try (0..<32).map(decide) == (0..<32).map { $0 < 16 ? .own : .later })
    try job.answer(0, process)
    // 31 ranges are left, and 15 are held.
    #expect(try decide(16) == .later)
    try job.answer(1, process)
    #expect(try decide(16) == .own)
    for range in 2...16 { try job.answer(range, process) }
    // 15 ranges are left, of which eight are few enough to be computed together.
    #expect(try (17..<32).map(decide) == (17..<32).map { $0 < 25 ? .own : .later })
  }

  @Test("what a process gave back or left behind is not answered twice")
  func partsOfRanges() throws {
    let job = try SharedJob(lineCount: 8)
    let first = try job.process("a")
    _ = try first.decide(0, firstIndex: 0)
    #expect(try job.answer(0, first, count: 3) == 4)
    first.release()
    let second = try job.process("b")
    #expect(try second.decide(0, firstIndex: 0) == .own)
    #expect(try job.answer(0, second) == 1)
    #expect(second.counts.takenOverLineCount == 3 && second.counts.publishedRangeCount == 1)
    #expect(try second.decide(1, firstIndex: 4) == .own)
    try job.answer(1, second)
    #expect(try job.merge(second)?.lineCount == 8)
    #expect(try job.isMerged())
  }

  @Test("a range of a dead process is taken over, and does not count from it when it wakes")
  func deaths() throws {
    let job = try SharedJob(lineCount: 8, leaseSeconds: 1)
    let stopped = try job.process("a")
    let start = ContinuousClock.now
    _ = try stopped.decide(0, firstIndex: 0)
    try job.answer(0, stopped, count: 2)
    stopped.stopSigns()
    let other = try job.process("b")
    #expect(try other.decide(0, firstIndex: 0) == .others)
    #expect(try other.decide(1, firstIndex: 4) == .own)
    try job.answer(1, other)
    while try !other.takeSome() {
      try #require(ContinuousClock.now - start < .seconds(120))
      usleep(100_000)
    }
    #expect(ContinuousClock.now - start > .milliseconds(600))
    #expect(try other.decide(0, firstIndex: 0) == .own)
    // The stopped process holds the lock on what it wrote, as long as it lives.
    let openCount = try job.answer(0, other, count: 1)
    #expect(openCount == 4)
    // It wakes and answers the rest of the range before the other has.
    try job.answer(0, stopped)
    #expect(stopped.counts.lostRangeCount == 1 && stopped.counts.publishedRangeCount == 0)
    #expect(try !stopped.areAllDone())
    try job.answer(0, other)
    #expect(other.counts.takenOverRangeCount == 1 && other.counts.publishedRangeCount == 2)
    #expect(try job.merge(other)?.lineCount == 8)
    #expect(try job.isMerged())
  }

  @Test("whichever call fails, once, another process ends the job with the same bytes")
  func failingCalls() throws {
    for number in 1... {
      let job = try SharedJob(lineCount: 8, leaseSeconds: 1)
      let calls = FailingCalls([.open, .write, .rename], number: number)
      let work = WorkDirectory(job.path, holder: "a", calls: calls)
      do {
        let plan = try work.join(job.manifest, job.plan)
        let process = try RangeLeases(
          work, plan, jobDigest: job.manifest.identity.digest, lineLimit: 8, synchronizes: false)
        defer { process.release() }
        for range in 0..<2 {
          guard try process.decide(range, firstIndex: range * 4) == .own else { continue }
          try job.answer(range, process)
        }
        _ = try job.merge(process)
      } catch {
        #expect(error is JobError || error is IOError || error is SystemError, "\(error)")
      }
      let other = try job.process("b")
      for range in 0..<2 {
        while try !other.areAllDone(), try other.decide(range, firstIndex: range * 4) == .others {
          guard case .held? = try other.directory.readLeases()[range] else { break }
          usleep(100_000)
        }
        if try other.decide(range, firstIndex: range * 4) == .own { try job.answer(range, other) }
      }
      #expect(try job.merge(other)?.lineCount == 8, "call \(number)")
      #expect(try job.isMerged(), "call \(number)")
      guard calls.hasFailed else { return }
    }
  }

  @Test("a directory is one job's: model, options, input and leases")
  func otherJobs() throws {
    let job = try SharedJob(lineCount: 8)
    _ = try job.process("a")
    let work = WorkDirectory(job.path, holder: "b", calls: FailingCalls.fast)
    func told(_ manifest: JobManifest, _ plan: WorkPlan) -> String {
      do throws(JobError) {
        _ = try work.join(manifest, plan)
        return "none"
      } catch {
        #expect(error.kind == .cannotResume)
        return error.description
      }
    }
    #expect(told(job.manifest, job.plan) == "none")
    var other = job.manifest
    other.identity.options[0].value = .number(1)
    #expect(told(other, job.plan).contains("temperature 0.5, and this run has temperature 1"))
    func plan(_ lineCount: Int = 8, _ sha256: String = "ab", _ seconds: Int = 60) -> WorkPlan {
      WorkPlan(lineCount: lineCount, inputSHA256: sha256, rangeLineCount: 4, leaseSeconds: seconds)
    }
    #expect(told(job.manifest, plan(9)).contains("8 lines, and this run's has 9"))
    #expect(told(job.manifest, plan(8, "cd")).contains("SHA-256 is ab"))
    #expect(told(job.manifest, plan(8, "ab", 5)).contains("60, and this run has leaseSeconds 5"))
    _ = job.directory.file("work/job/plan.json", Array("{}".utf8))
    #expect(told(job.manifest, job.plan).contains("is damaged"))
  }

  @Test("answers of a range that were changed are not merged")
  func damage() throws {
    let job = try SharedJob(lineCount: 4)
    let process = try job.process("a")
    _ = try process.decide(0, firstIndex: 0)
    try job.answer(0, process)
    let name = "work/job/answers/00000000.a"
    let content = job.directory.content(name)
    for index in stride(from: 0, to: content.count, by: 29) {
      var changed = content
      changed[index] ^= 1
      _ = job.directory.file(name, changed)
      #expect(throws: JobError.self) { try job.merge(process) }
      #expect(job.directory.content("out").isEmpty)
    }
    _ = job.directory.file(name, content)
    #expect(try job.merge(process)?.lineCount == 4)
    #expect(try job.isMerged())
  }

  @Test("ranges of a plan hold every line once, whatever their number")
  func plans() {
    for lineCount in [0, 1, 63, 64, 65, 1000, 16_385, 1_000_000, 5_000_000] {
      let plan = WorkPlan(lineCount: lineCount, inputSHA256: "", leaseSeconds: 1)
      #expect((0..<plan.rangeCount).reduce(0) { $0 + plan.lineCount(ofRange: $1) } == lineCount)
      #expect(plan.rangeCount <= 4096)
      #expect(WorkPlan(plan.bytes) == plan)
    }
  }

  @Test("a process is dead that gives no new sign while it is watched, and only then")
  func signsOfLife() {
    var watch = LifeWatch(leaseTime: .seconds(10))
    let start = ContinuousClock.now
    #expect(!watch.isDead("a", at: start))
    for second in 0...10 { watch.observe("a", [1], at: start + .seconds(second)) }
    #expect(!watch.isDead("a", at: start))
    watch.observe("a", [1], at: start + .seconds(11))
    #expect(watch.isDead("a", at: start))
    watch.observe("a", [2], at: start + .seconds(12))
    #expect(!watch.isDead("a", at: start))
    // The watcher itself was away.
    watch.observe("a", [2], at: start + .seconds(100))
    #expect(!watch.isDead("a", at: start))
  }
}
