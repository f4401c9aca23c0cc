import Foundation
import QuireEngine
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("Reading an input without computing") struct DryRunTests {
  private func report(
    _ lines: [String], _ change: (inout BatchJob.Options) -> Void = { _ in }
  ) throws -> DryRunReport {
    let model = try TinyModel()
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(maxNumSeqs: 4, kvCacheMemory: 4 << 20, threads: 1))
    var options = BatchJob.Options()
    options.sampling = SamplingParams(maxTokens: nil)
    change(&options)
    return try BatchJob.dryRun(
      context, options: options, sampling: SamplingSettings(stating: options.sampling!),
      source: TextLines(IteratedTexts(lines)))
  }

  @Test("lines, errors, tokens and what is equal are those of the job")
  func counts() throws {
    var lines = (0..<20).map {
      #"{"prompt":"\#(String(repeating: "a", count: 1 + $0))","max_tokens":\#($0 + 1)}"#
    }
    lines += ["", "oops", #"{"prompt":7}"#, #"{"id":1,"prompt":"b","seed":5,"max_tokens":5,"n":3}"#]
    lines += [#"{"id":2,"prompt":"b","seed":5,"max_tokens":5,"n":3}"#, #"{"id":2,"prompt":"b"}"#]
    lines += [#"{"prompt":"b","max_tokens":1000000}"#]
    let report = try report(lines)
    #expect(report.isWhole && report.lineCount == 26 && report.promptTokens.count == 23)
    #expect(report.errorLineCounts == ["invalid_json": 1, "invalid_type": 1, "duplicate_id": 1])
    #expect(report.firstErrors.map(\.lineNumber) == [22, 23, 26])
    #expect(report.firstErrors[1].message == "prompt: found 7, expected a string")
    #expect(report.foldedLineCount == 1 && report.loweredLineCount == 1)
    #expect(report.promptTokens.quantile(0) == 1 && report.promptTokens.quantile(1) == 20)
    #expect(report.promptTokens.total == 210 + 3)
    // The equal line is answered, and not computed.
    #expect(report.outputTokens.total - report.computedOutputTokenCount == 15)
    // The prompts of 18, 19 and 20 tokens begin with the block of 16 of the one before them.
    #expect(report.computedPromptTokenCount == 212 - 48 && report.sharedTokenCount == 48)
    #expect(report.text.contains("line 23: invalid_type: prompt: found 7"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(report.json)) as? [String: Any])
    #expect(object["lines"] as? Int == 26 && object["folded"] as? Int == 1)
    #expect((object["prompt_tokens"] as? [String: Int])?["max"] == 20)
  }

  @Test("reading ends where the job would, with one error more than it puts up with")
  func tooManyErrors() throws {
    let report = try report(["a", "b", "c", #"{"prompt":"x"}"#]) { $0.maxErrorCount = 1 }
    #expect(report.hasTooManyErrors && !report.isWhole && report.errorLineCount == 2)
  }

  @Test("what prompts have in common is found in whole blocks, as long as the blocks stay")
  func prefixes() {
    var estimate = PrefixEstimate(blockSize: 4, blockCount: 1000)
    #expect(estimate.add(Array(0..<10)) == 0)
    #expect(estimate.add(Array(0..<10)) == 8)
    // The last token is computed even where all is known.
    #expect(estimate.add(Array(0..<8)) == 4)
    #expect(estimate.add([0, 1, 2, 3, 9, 5, 6, 7, 8]) == 4)
    #expect(estimate.add(Array(1..<10)) == 0)
    #expect(estimate.add([5]) == 0)
    var small = PrefixEstimate(blockSize: 1, blockCount: 8)
    _ = small.add(Array(0..<3))
    for number in 10..<40 { _ = small.add([Int32(number), 0]) }
    #expect(small.add(Array(0..<3)) == 0)
  }

  @Test("quantiles are those of the sorted numbers")
  func quantiles() {
    var random = TestRandom(seed: 3)
    var counts = TokenCounts()
    #expect(counts.quantile(0.5) == nil)
    var numbers = (0..<501).map { _ in random.below(50) * random.below(50) }
    numbers += [5_000_000, 3_000_000]
    for number in numbers { counts.add(number) }
    numbers.sort()
    for share in [0, 0.01, 0.5, 0.95, 0.999, 1] {
      let place = max(1, Int((share * Double(numbers.count)).rounded(.up))) - 1
      #expect(counts.quantile(share) == numbers[place])
    }
    #expect(counts.total == numbers.reduce(0, +))
  }
}
