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
    let job = InterruptedJob(Self.lines, try TinyModel(), isOrdered: isOrdered, maxNumBatchedTokens: 16)
    let whole = try job.run("expected")
    let results = try job.runAgainAndAgain(tokenCount: 300)
    #expect(results.dropFirst().allSatisfy { $0.progress.continuedTokenCount > 0 })
    // No token is generated twice, however often the job was interrupted.
    #expect(results.reduce(0) { $0 + $1.progress.generatedTokenCount } == whole.progress.generatedTokenCount)
    #expect(results.count > 4 && results.reduce(0) { $0 + $1.progress.continuedTokenCount } > 500)
    #expect(job.written("out") == job.written("expected"))
    #expect(!job.hasJournal)
  }
}
