import Foundation
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Answers that an interrupted job was in the middle of")
struct ResumedAnswersTests {
  private static let lines = (0..<12).map { number in
    let more = [
      "", #","n":3"#, #","logprobs":2"#, #","n":2,"best_of":3"#,
      #","temperature":0,"use_beam_search":true,"n":2"#,
      #","stop":["zzz"],"seed":4"#,
    ][number % 6]
    return #"{"id":\#(number),"prompt":"p\#(number)","max_tokens":90,"ignore_eos":true\#(more)}"#
  }

  @Test("go on where they were, run after run, with the bytes of one run", arguments: [false, true])
  func interrupted(isOrdered: Bool) throws {
    let model = try TinyModel()
    var options = BatchJob.Options()
    options.isOrdered = isOrdered
    options.gracePeriod = .zero
    let folder = TemporaryDirectory()
    let input = folder.file("in", Array(Self.lines.joined(separator: "\n").utf8))
    /// A run in a program of its own, which is asked to end once it has generated some tokens.
    func run(_ output: String, tokenCount: Int = .max) throws -> JobResult {
      let job = try BatchJob(
        model: model.path,
        configuration: EngineConfiguration(maxNumSeqs: 8, maxNumBatchedTokens: 16, threads: 1),
        options: options)
      var generatedTokenCount = 0
      return try job.run(
        input: input, output: folder.path + output, isInterrupted: { generatedTokenCount >= tokenCount },
        observe: { generatedTokenCount = $0.generatedTokenCount })
    }
    let whole = try run("/expected")
    let expected = folder.content("expected")
    var (generated, continued, runCount) = (0, 0, 0)
    while true {
      let result = try run("/out", tokenCount: 300)
      runCount += 1
      if runCount > 1 { #expect(result.progress.continuedTokenCount > 0) }
      generated += result.progress.generatedTokenCount
      continued += result.progress.continuedTokenCount
      if result.end == .complete { break }
      try #require(result.end == .interrupted && runCount < 100)
    }
    // No token is generated twice, however often the job was interrupted.
    #expect(generated == whole.progress.generatedTokenCount && runCount > 4 && continued > 500)
    func lines(_ bytes: [UInt8]) -> [String] {
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      return isOrdered ? lines : lines.sorted()
    }
    #expect(lines(folder.content("out")) == lines(expected))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.journal"))
  }
}
