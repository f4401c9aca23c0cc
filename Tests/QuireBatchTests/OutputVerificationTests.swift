import Foundation
import Testing

@testable import QuireBatch

@Suite struct OutputVerificationTests {
  private func verify(_ path: String) throws -> OutputVerification.Report {
    try #require(try OutputVerification(AnsweredFile(path)).run(isInterrupted: { false }))
  }

  private func job() throws -> DurableJob {
    let job = DurableJob(lines: ShardedJob.lines(21))
    try job.run()
    return job
  }

  @Test("an output that nobody changed is what was written")
  func whole() throws {
    let job = try job()
    let report = try verify(job.path)
    #expect(report.isWhole && report.lineCount == 21)
    #expect(try OutputVerification(AnsweredFile(job.path)).run(isInterrupted: { true }) == nil)
  }

  @Test("a byte that changed anywhere in the answers is seen, and its line named")
  func flips() throws {
    let job = try job()
    let output = job.output
    for index in output.indices {
      for bit in [UInt8(1), 0x20] {
        var changed = output
        changed[index] ^= bit
        _ = job.directory.file("out", changed)
        let report = try verify(job.path)
        let line = output[..<index].count { $0 == 0x0A } + 1
        #expect(!report.isWhole && report.differences.first.first?.lineNumber == line, "byte \(index)")
        // A line end that goes or comes makes one line of two, or two of one.
        #expect(report.differences.count <= 3, "byte \(index)")
      }
    }
  }

  @Test("lines that were taken out, put in or exchanged are named")
  func edits() throws {
    let job = try job()
    let lines = job.output.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map {
      Array($0) + [0x0A]
    }
    func differences(_ lines: [[UInt8]]) throws -> [String] {
      _ = job.directory.file("out", lines.joined())
      return try verify(job.path).differences.first.map { "\($0.kind) \($0.lineNumber)" }
    }
    #expect(try differences(lines) == [])
    #expect(try differences(Array(lines[..<4] + lines[5...])) == ["missing 5"])
    #expect(try differences(lines.dropLast()) == ["missing 21"])
    #expect(try differences(Array(lines[..<4] + [Array("{}\n".utf8)] + lines[4...])) == ["added 5"])
    #expect(try differences(lines + [Array("{}".utf8)]) == ["added 22"])
    #expect(try differences([]).count == 20)
    var exchanged = lines
    exchanged.swapAt(2, 3)
    #expect(try !differences(exchanged).isEmpty)
  }

  @Test("a ledger that was made to fit other answers does not have the manifest's root")
  func forgery() throws {
    let job = try job()
    let ledger = job.beside(".lines")!
    var forged = DurableJob(directory: TemporaryDirectory(), lines: job.lines)
    forged.failing = [job.lines[0]]
    try forged.run()
    _ = job.directory.file("out", forged.output)
    _ = job.directory.file("out.lines", forged.beside(".lines")!)
    let report = try verify(job.path)
    #expect(report.differences.count == 0 && report.root != report.expectedRoot && !report.isWhole)
    _ = job.directory.file("out.lines", ledger)
    #expect(try !verify(job.path).isWhole)
  }

  @Test("a ledger or manifest with a changed byte is refused, or shown as a difference")
  func damagedFiles() throws {
    let job = try job()
    for suffix in [".lines", ".manifest.json"] {
      let content = job.beside(suffix)!
      for index in content.indices {
        var changed = content
        changed[index] ^= 1
        _ = job.directory.file("out" + suffix, changed)
        do {
          #expect(try !verify(job.path).isWhole, "byte \(index) of \(suffix)")
        } catch {
          #expect(error is JobError)
        }
      }
      _ = job.directory.file("out" + suffix, content)
    }
  }

  @Test("a sample is a number or a share of lines, the same ones each time")
  func samples() throws {
    #expect(AnswerSample(text: "10") == .count(10) && AnswerSample(text: "1%") == .share(0.01))
    #expect(AnswerSample(text: "0.5%") == .share(0.005) && AnswerSample(text: "100%") == .share(1))
    for text in ["", "%", "-1", "101%", "-1%", "1.5", "nan%", "all", "1 %"] {
      #expect(AnswerSample(text: text) == nil, "\(text)")
    }
    #expect(AnswerSample.share(0.01).lineCount(of: 101) == 2)
    let job = try job()
    let file = try AnsweredFile(job.path)
    let few = try AnswerSample.count(5).lines(of: file, seed: 1)
    let (again, others) = (
      try AnswerSample.count(5).lines(of: file, seed: 1), try AnswerSample.count(5).lines(of: file, seed: 2)
    )
    #expect(few.count == 5 && few == again && few != others)
    let more = try AnswerSample.count(9).lines(of: file, seed: 1)
    #expect(more.count == 9 && Set(few.keys).isSubset(of: more.keys))
    #expect(try AnswerSample.share(1).lines(of: file, seed: 1).count == 21)
    #expect(try AnswerSample.count(0).lines(of: file, seed: 1).isEmpty)
  }
}
