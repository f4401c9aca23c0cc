import Foundation
import QuirePlatform
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Error lines in a file of their own") struct ErrorFileTests {
  /// Answers and error lines in turn; the last is an answer where `count` is odd.
  private static func lines(_ count: Int) -> [String] {
    (0..<count).map { $0 % 2 == 1 ? "wrong \($0)" : #"{"id": \#($0), "prompt": "p\#($0)"}"# }
  }

  private static func job(_ count: Int, isOrdered: Bool = false) -> DurableJob {
    var job = DurableJob(lines: lines(count))
    job.isOrdered = isOrdered
    job.separatesErrors = true
    return job
  }

  private static func count(_ bytes: [UInt8]) -> Int { bytes.count { $0 == 0x0A } }

  @Test("answers stand in one file, errors in the other, with the bytes that they have together")
  func separation() throws {
    let job = Self.job(9)
    try job.run()
    #expect(Self.count(job.output) == 5 && Self.count(job.errors) == 4)
    #expect(!String(decoding: job.output, as: UTF8.self).contains(#""error":{"#))
    let together = DurableJob(lines: job.lines)
    try together.run()
    #expect(DurableJob.sorted(job.output + job.errors) == DurableJob.sorted(together.output))
    #expect(try job.run().written == 0)
    #expect(job.leftovers == [])
  }

  @Test("a job that dies after any line goes on with the same bytes in both", arguments: [false, true])
  func deaths(isOrdered: Bool) throws {
    for deathAfter in 0..<11 {
      let job = Self.job(11, isOrdered: isOrdered)
      #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: deathAfter) }
      let (counts, written, _) = try job.run()
      #expect(written == 11 - deathAfter)
      if deathAfter > 0 {
        #expect(counts?.answeredLineCount == 6 && counts?.errorLineCounts == ["invalid_json": 5])
      }
      #expect(job.areAsExpected(try job.expectedFiles()))
      #expect(try job.run().written == 0)
      #expect(job.leftovers == [])
    }
  }

  @Test(
    "either file cut at any byte goes on with the same bytes in both", arguments: ["out", "errors"],
    [false, true])
  func truncations(name: String, isOrdered: Bool) throws {
    let job = Self.job(12, isOrdered: isOrdered)
    let expected = try job.expectedFiles()
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 11) }
    let names = ["out", "errors", "out.lines", "out.manifest.json"]
    let contents = names.map { job.directory.content($0) }
    let cut = job.directory.content(name)
    for count in stride(from: 0, through: cut.count, by: isOrdered ? 7 : 1) {
      for (name, content) in zip(names, contents) { _ = job.directory.file(name, content) }
      _ = job.directory.file(name, cut[..<count])
      try job.run()
      #expect(job.areAsExpected(expected), "\(name) cut at \(count)")
    }
  }

  @Test("a byte changed in either file is refused or repaired", arguments: ["out", "errors"])
  func flips(name: String) throws {
    let job = Self.job(9)
    let expected = try job.expectedFiles()
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 8) }
    let names = ["out", "errors", "out.lines", "out.manifest.json"]
    let contents = names.map { job.directory.content($0) }
    let original = job.directory.content(name)
    var refusals = 0
    for index in original.indices {
      for (name, content) in zip(names, contents) { _ = job.directory.file(name, content) }
      var changed = original
      changed[index] ^= 1
      _ = job.directory.file(name, changed)
      do {
        try job.run()
        #expect(job.areAsExpected(expected), "byte \(index) of \(name)")
      } catch let error as JobError {
        refusals += 1
        #expect(error.kind == .cannotResume && error.description.contains("/\(name) is damaged at line"))
        #expect(job.directory.content(name) == changed)
      }
    }
    #expect(refusals > original.count / 2)
  }

  @Test(
    "whichever call fails, once or for good, the job goes on with the same bytes in both",
    arguments: [
      [FailingCalls.Call.open], [.write], [.synchronize], [.rename], [.truncate], FailingCalls.Call.allCases,
    ],
    [false, true])
  func failingCalls(kinds: [FailingCalls.Call], staysBroken: Bool) throws {
    // Lines of both kinds move and go, so that both files are written anew at the end.
    let before = Self.lines(8)
    let after = [#"{"prompt": "new"}"#, "wrong, too"] + before[..<3] + before[5...]
    for isOrdered in [false, true] {
      var expectedJob = Self.job(0, isOrdered: isOrdered)
      expectedJob.lines = Array(after)
      let expected = try expectedJob.expectedFiles()
      for number in 1... {
        let calls = FailingCalls(Set(kinds), number: number, staysBroken: staysBroken)
        let (job, counts) = try Self.job(8, isOrdered: isOrdered).goingOn(
          with: Array(after), afterDeathAt: 7, failing: calls)
        #expect(job.areAsExpected(expected), "call \(number) of \(kinds)")
        #expect(counts?.lineCount == after.count)
        #expect(
          job.leftovers.isSubset(of: ["out.stale", "out.torn", "errors.torn", "out.manifest.json.partial"]))
        guard calls.hasFailed else { break }
      }
    }
  }

  @Test("lines that are tried again leave the file of errors for that of answers", arguments: [false, true])
  func retries(isOrdered: Bool) throws {
    var job = Self.job(9, isOrdered: isOrdered)
    job.failing = [job.lines[0], job.lines[4]]
    try job.run()
    #expect(Self.count(job.errors) == 6)
    job.failing = []
    #expect(try job.run().written == 0)
    job.retriesErrors = true
    #expect(try job.run().written == 6)
    job.retriesErrors = false
    #expect(Self.count(job.output) == 5 && Self.count(job.errors) == 4)
    #expect(job.areAsExpected(try job.expectedFiles()))
    #expect(job.leftovers == [])
  }

  @Test("an output of errors alone is gone on with")
  func errorsAlone() throws {
    var job = Self.job(4, isOrdered: true)
    job.lines = ["wrong 1", "wrong 2", #"{"prompt": "right"}"#]
    #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: 2) }
    #expect(job.output == [] && Self.count(job.errors) == 2)
    #expect(try job.run().written == 1)
    #expect(job.areAsExpected(try job.expectedFiles()))
  }

  @Test("an output goes on with its errors where they were, or not at all", arguments: [1, 4])
  func otherPlace(deathAfter: Int) throws {
    // The first line is an error, so that after it the output is empty.
    for separates in [false, true] {
      var job = DurableJob(lines: ["wrong"] + Self.lines(6))
      job.separatesErrors = separates
      #expect(throws: DurableJob.Death.self) { try job.run(deathAfter: deathAfter) }
      let before = [job.output, job.errors]
      job.separatesErrors.toggle()
      let error = #expect(throws: JobError.self) { try job.run() }
      #expect(error?.kind == .cannotResume)
      #expect(error?.description.contains(separates ? "with errorFile" : "without errorFile") == true)
      job.separatesErrors.toggle()
      #expect([job.output, job.errors] == before)
      try job.run()
      #expect(job.areAsExpected(try job.expectedFiles()))
      job.separatesErrors.toggle()
      job.overwrites = true
      _ = job.directory.file("errors")
      try job.run()
      #expect(job.areAsExpected(try job.expectedFiles()))
    }
  }

  @Test("a file of errors that is gone is missed, and one of somebody else's is left alone")
  func missingFile() throws {
    let job = Self.job(6)
    try job.run()
    let errors = job.errors
    try FileManager.default.removeItem(atPath: job.errorPath!)
    let missing = #expect(throws: JobError.self) { try job.run() }
    #expect(missing?.kind == .cannotResume && missing?.description.contains("errors is missing") == true)
    #expect(!FileManager.default.fileExists(atPath: job.errorPath!))
    _ = job.directory.file("errors", errors)
    #expect(try job.run().written == 0)

    let other = Self.job(6)
    _ = other.directory.file("errors", Array("notes\n".utf8))
    let taken = #expect(throws: JobError.self) { try other.run() }
    #expect(taken?.kind == .outputUnusable && taken?.description.contains("errors exists") == true)
    #expect(other.errors == Array("notes\n".utf8) && other.leftovers == [])
    #expect(!FileManager.default.fileExists(atPath: other.path))
  }

  @Test(
    "a name that belongs to the output is no file of errors",
    arguments: ["out", "out.lines", "out.next", "out.journal", "out.stale", "link"])
  func takenNames(name: String) throws {
    let directory = TemporaryDirectory()
    #expect(symlink("out", directory.path + "/link") == 0)
    let error = #expect(throws: JobError.self) {
      try JobOutput(
        path: directory.path + "/out", errorPath: directory.path + "/" + name, options: .init(), readFiles: []
      )
    }
    #expect(error?.kind == .outputUnusable)
    // Nor is an output the next version of its own file of errors.
    #expect(throws: JobError.self) {
      try JobOutput(
        path: directory.path + "/e.next", errorPath: directory.path + "/e", options: .init(), readFiles: [])
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["link"])
  }

  @Test("beside a pipe error lines go to any file, which is not gone on with")
  func streams() throws {
    let directory = TemporaryDirectory()
    let path = directory.path + "/errors"
    let output = try JobOutput(path: "/dev/null", errorPath: path, options: .init(), readFiles: [])
    #expect(output.separatesErrors && output.resumption == nil)
    try output.sink.begin()
    let line = FinishedLine(
      bytes: Array("{}\n".utf8), outcome: .failed(code: "x"), footprintByteCount: 0, origin: .unused)
    try output.sink.write(line)
    try output.sink.write(
      FinishedLine(
        bytes: Array("answer\n".utf8), outcome: .answered(promptTokenCount: 1, outputTokenCount: 1),
        footprintByteCount: 0, origin: .unused))
    #expect(output.sink.lineCount == 2)
    #expect(try output.sink.finish(.complete) == nil)
    #expect(directory.content("errors") == Array("{}\n".utf8))
    let again = #expect(throws: JobError.self) {
      try JobOutput(path: "/dev/null", errorPath: path, options: .init(), readFiles: [])
    }
    #expect(again?.description.contains("errors exists") == true)
    let pipe = #expect(throws: JobError.self) {
      try JobOutput(path: directory.path + "/out", errorPath: "/dev/null", options: .init(), readFiles: [])
    }
    #expect(pipe?.description.contains("/dev/null is no file") == true)
  }
}
