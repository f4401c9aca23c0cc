import Foundation
import QuirePlatform
import QuireJSON
import QuireRequests
import Testing

@testable import QuireBatch

@Suite struct DurabilityTests {
  private static func lines(_ count: Int) -> [String] {
    (0..<count).map { number in
      switch number % 7 {
      case 3: #"{"prompt": "the same"}"#
      case 5: "wrong \(number)"
      default: #"{"id": \#(number), "prompt": "p\#(number)", "tag": [\#(number)]}"#
      }
    }
  }

  @Test(
    "a job that dies after any line goes on with the same bytes, and answers no line twice",
    arguments: [false, true])
  func deaths(isOrdered: Bool) throws {
    for deathAfter in 0..<12 {
      var job = DurableJob(lines: Self.lines(12))
      job.isOrdered = isOrdered
      let expected = try job.expected()
      #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: deathAfter) }
      let (counts, written, _) = try job.run()
      #expect(written == 12 - deathAfter)
      if deathAfter > 0 { #expect(counts?.lineCount == 12) }
      #expect(job.isAsExpected(expected))
      #expect(try job.run().written == 0)
      #expect(job.leftovers == [])
    }
  }

  @Test("an output cut at any byte goes on with the same bytes", arguments: [false, true])
  func truncations(isOrdered: Bool) throws {
    var job = DurableJob(lines: Self.lines(30))
    job.isOrdered = isOrdered
    let expected = try job.expected()
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 29) }
    let (output, ledger, manifest) = (job.output, job.beside(".lines")!, job.beside(".manifest.json")!)
    for count in stride(from: 0, through: output.count, by: isOrdered ? 11 : 1) {
      _ = job.directory.file("out", Array(output[..<count]))
      _ = job.directory.file("out.lines", ledger)
      _ = job.directory.file("out.manifest.json", manifest)
      try? FileManager.default.removeItem(atPath: job.path + ".torn")
      let before = output[..<count].count { $0 == 0x0A }
      let written = try job.run().written
      #expect(written == 30 - before, "cut at \(count)")
      #expect(job.isAsExpected(expected), "cut at \(count)")
      let torn = output[..<count].split(separator: 0x0A, omittingEmptySubsequences: false).last ?? []
      #expect(before == 0 && isOrdered || (job.beside(".torn") ?? []) == Array(torn) || before == 0)
    }
  }

  @Test(
    "a byte changed anywhere is refused or repaired", arguments: ["out", "out.lines", "out.manifest.json"])
  func flips(name: String) throws {
    let job = DurableJob(lines: Self.lines(8))
    let expected = try job.expected()
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 6) }
    let names = ["out", "out.lines", "out.manifest.json"]
    let contents = names.map { job.directory.content($0) }
    let original = contents[names.firstIndex(of: name)!]
    var refusals = 0
    for index in original.indices {
      for (name, content) in zip(names, contents) { _ = job.directory.file(name, content) }
      var changed = original
      changed[index] ^= index % 2 == 0 ? 1 : 0x20
      _ = job.directory.file(name, changed)
      do throws(JobError) {
        try catching { try job.run() }
        #expect(job.isAsExpected(expected), "byte \(index) of \(name)")
      } catch {
        refusals += 1
        #expect(error.kind == .cannotResume, "byte \(index): \(error)")
        #expect(error.description.contains("overwrite"), "byte \(index): \(error)")
        #expect(job.directory.content("out") == (name == "out" ? changed : contents[0]))
      }
    }
    // All but the last line and its record are behind something that holds.
    #expect(refusals > original.count / 2)
  }

  private func catching(_ body: () throws -> Void) throws(JobError) {
    do { try body() } catch let error as JobError { throw error } catch { Issue.record(error) }
  }

  @Test(
    "whichever call fails, once or for good, the job goes on with the same bytes",
    arguments: [
      [FailingCalls.Call.open], [.write], [.synchronize], [.rename], [.truncate], FailingCalls.Call.allCases,
    ],
    [false, true])
  func failingCalls(kinds: [FailingCalls.Call], staysBroken: Bool) throws {
    // A line moves and another goes, so that the output is rewritten at the end.
    let before = Self.lines(9)
    let after = [#"{"prompt": "new"}"#] + before[..<4] + before[5...]
    for isOrdered in [false, true] {
      var expectedJob = DurableJob(lines: Array(after))
      expectedJob.isOrdered = isOrdered
      let expected = try expectedJob.expected()
      var number = 1
      while true {
        var begun = DurableJob(lines: before)
        begun.isOrdered = isOrdered
        let calls = FailingCalls(Set(kinds), number: number, staysBroken: staysBroken)
        let (job, counts) = try begun.goingOn(with: Array(after), afterDeathAt: 6, failing: calls)
        #expect(job.isAsExpected(expected), "call \(number) of \(kinds)")
        #expect(counts?.lineCount == after.count)
        #expect(job.leftovers.isSubset(of: ["out.stale", "out.torn", "out.manifest.json.partial"]))
        guard calls.hasFailed else { break }
        number += 1
      }
      #expect(number > 1)
    }
  }

  @Test("a job that has not begun is begun, whichever call failed before")
  func failingBeginning() throws {
    for number in 1... {
      var job = DurableJob(lines: Self.lines(3))
      let calls = FailingCalls(Set(FailingCalls.Call.allCases), number: number, staysBroken: true)
      job.calls = calls
      _ = try? job.run()
      job.calls = FailingCalls.fast
      try job.run()
      #expect(job.isAsExpected(try job.expected()), "call \(number)")
      guard calls.hasFailed else { return }
    }
  }

  @Test(
    "an edited input keeps the answers of its lines, and gives what an uninterrupted run would",
    arguments: [false, true])
  func edits(isOrdered: Bool) throws {
    let before = Self.lines(20)
    let edits: [(String, [String])] = [
      ("inserted", [#"{"id": "new", "prompt": "x"}"#] + before),
      ("shortened", Array(before[..<11])), ("without some", Array(before[..<3] + before[6...])),
      ("reversed", before.reversed()), ("lengthened", before + [#"{"prompt": "the same"}"#]),
      ("mended", before.map { $0 == "wrong 5" ? #"{"prompt": "right"}"# : $0 }),
      ("with an id twice", [#"{"id": 4, "prompt": "p4", "tag": [4]}"#] + before),
      ("with blank lines", [""] + before),
    ]
    for (name, lines) in edits {
      for deathAfter in [5, 19, 20] {
        var job = DurableJob(lines: before)
        job.isOrdered = isOrdered
        _ = try? job.run(deathAfter: deathAfter)
        job.lines = lines
        let counts = try job.run().counts
        #expect(job.isAsExpected(try job.expected()), "\(name), \(deathAfter)")
        #expect(counts?.lineCount == lines.count)
        #expect(try job.run().written == 0, "\(name), \(deathAfter)")
      }
    }
  }

  @Test("answers of lines that are gone are put aside")
  func stale() throws {
    var job = DurableJob(lines: Self.lines(6))
    try job.run()
    let gone = job.output.split(separator: 0x0A).first {
      String(decoding: $0, as: UTF8.self).contains(#""custom_id":2,"#)
    }
    job.lines.remove(at: 2)
    let counts = try job.run().counts
    #expect(job.beside(".stale") == gone.map { Array($0) + [0x0A] })
    #expect(counts?.answeredLineCount == 4 && counts?.errorLineCounts == ["invalid_json": 1])
  }

  @Test("other content under an id that is answered is a conflict, and changes nothing")
  func conflict() throws {
    var job = DurableJob(lines: Self.lines(6))
    try job.run()
    let output = job.output
    job.lines[2] = #"{"id": 2, "prompt": "other"}"#
    let error = #expect(throws: IOError.self) { try job.run() }
    #expect(error?.description == "conflict with 2")
    #expect(job.output == output)
  }

  @Test("error lines stay, unless they are to be tried again", arguments: [false, true])
  func errors(isOrdered: Bool) throws {
    var job = DurableJob(lines: Self.lines(9))
    job.isOrdered = isOrdered
    job.failing = [job.lines[1], job.lines[8]]
    try job.run()
    job.failing = []
    #expect(try job.run().written == 0)
    job.retriesErrors = true
    let (counts, written, _) = try job.run()
    #expect(written == 3)
    #expect(counts?.answeredLineCount == 8 && counts?.errorLineCounts == ["invalid_json": 1])
    job.retriesErrors = false
    #expect(job.isAsExpected(try job.expected()))
    #expect(job.leftovers == [])
  }

  @Test("another job is refused by the name of what differs, and changes nothing")
  func otherJob() throws {
    var job = DurableJob(lines: Self.lines(4))
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 2) }
    let output = job.output
    job.options = [.init(name: "temperature", value: .number(0.75))]
    let error = #expect(throws: JobError.self) { try job.run() }
    #expect(error?.kind == .cannotResume)
    #expect(error?.description.contains("temperature 0.5, and this run has temperature 0.75") == true)
    #expect(job.output == output)
    job.overwrites = true
    #expect(try job.run().written == 4)
    #expect(job.isAsExpected(try job.expected()))
  }

  @Test("an output without its ledger or its manifest is refused, an empty one begun")
  func missingFiles() throws {
    let job = DurableJob(lines: Self.lines(4))
    try job.run()
    try FileManager.default.removeItem(atPath: job.path + ".lines")
    #expect(throws: JobError.self) { try job.run() }
    #expect(job.beside(".lines") == nil)
    try FileManager.default.removeItem(atPath: job.path + ".manifest.json")
    let error = #expect(throws: JobError.self) { try job.run() }
    #expect(error?.kind == .outputUnusable && error?.description.contains("add overwrite") == true)
    _ = job.directory.file("out", [])
    #expect(try job.run().written == 4)
  }

  @Test("a second run is refused while the first one writes, and after it has replaced the output")
  func twoWriters() throws {
    var job = DurableJob(lines: Self.lines(4))
    try job.run()
    let held = try JobOutput(path: job.path, options: .init(), readFiles: [], calls: FailingCalls.fast)
    let error = #expect(throws: JobError.self) { try job.run() }
    #expect(error?.kind == .outputUnusable && error?.description.contains("another run") == true)
    job.overwrites = true
    #expect(throws: JobError.self) { try job.run() }
    _ = held
  }

  @Test("overwriting removes what earlier runs left beside the output")
  func overwriting() throws {
    var job = DurableJob(lines: Self.lines(4))
    try job.run()
    for suffix in ["torn", "stale", "journal"] { _ = job.directory.file("out." + suffix, [1]) }
    job.overwrites = true
    try job.run()
    #expect(job.leftovers == [])
    #expect(job.isAsExpected(try job.expected()))
  }

  @Test("a link to an output has its files beside the file")
  func links() throws {
    let job = DurableJob(lines: Self.lines(4))
    #expect(symlink("out", job.directory.path + "/link") == 0)
    _ = job.directory.file("out", [])
    guard
      case .durable(let output) = try JobOutput(
        path: job.directory.path + "/link", options: .init(), readFiles: [])
    else {
      Issue.record("a link to a file is no stream")
      return
    }
    #expect(output.paths.ledger.hasSuffix("/out.lines"))
  }
}
