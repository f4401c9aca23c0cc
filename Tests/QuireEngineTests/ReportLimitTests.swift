import QuireTestSupport
import QuireRequests
import Testing

@testable import QuireEngine

@Suite("Limits of reported log-probabilities")
struct ReportLimitTests {
  private static let limits = RequestLimits(vocabularySize: 150_000, maxModelLen: 10_000)

  private struct Case: Sendable, CustomTestStringConvertible {
    let params: SamplingParams
    let field: SamplingField
    let entriesPerToken: Int
    /// Positions for each token of the prompt, or of the longest answer.
    let multiple: Int

    var testDescription: String { "\(field.rawValue), \(entriesPerToken) entries, \(multiple) times" }
  }

  private static let cases = [
    Case(params: SamplingParams(logprobs: -1), field: .logprobs, entriesPerToken: 150_000, multiple: 1),
    Case(
      params: SamplingParams(n: 7, logprobs: -1), field: .logprobs, entriesPerToken: 150_000, multiple: 7),
    Case(params: SamplingParams(n: 9000, logprobs: 0), field: .logprobs, entriesPerToken: 1, multiple: 9000),
    Case(
      params: SamplingParams(n: 2, bestOf: 900, logprobs: 20), field: .logprobs, entriesPerToken: 21,
      multiple: 900),
    Case(
      params: SamplingParams(n: 500, temperature: 0, logprobs: 5, useBeamSearch: true), field: .logprobs,
      entriesPerToken: 6, multiple: 500),
    Case(
      params: SamplingParams(n: 3, promptLogprobs: -1), field: .promptLogprobs, entriesPerToken: 150_000,
      multiple: 1),
    Case(
      params: SamplingParams(promptLogprobs: 20), field: .promptLogprobs, entriesPerToken: 21, multiple: 1),
  ]

  @Test(
    "what fits is let in, one token more is refused by the field's name with what would fit", arguments: cases
  )
  private func bounds(_ item: Case) throws {
    let positionCount = RequestLimits.mostReportedEntries / item.entriesPerToken
    let most = positionCount / item.multiple
    func check(_ tokenCount: Int) throws(RequestError) {
      let isPrompt = item.field == .promptLogprobs
      try Self.limits.checkReport(
        item.params, promptTokenCount: isPrompt ? tokenCount : 1, outputTokenLimit: isPrompt ? 1 : tokenCount)
    }
    try check(most)
    let refusal = #expect(throws: RequestError.self) { try check(most + 1) }
    #expect(refusal?.code == .invalidValue && refusal?.place == .parameter(item.field))
    #expect(refusal?.description.contains("at most \(positionCount) positions") == true)
    #expect(refusal?.description.contains("report fewer tokens") == (item.entriesPerToken > 1))
  }

  @Test("no position reports more tokens than there are, and what is not asked for counts nothing")
  func smallVocabulary() throws {
    let limits = RequestLimits(vocabularySize: 4, maxModelLen: 1 << 30)
    try limits.checkReport(
      SamplingParams(logprobs: 20), promptTokenCount: 1 << 29,
      outputTokenLimit: RequestLimits.mostReportedEntries / 4)
    #expect(throws: RequestError.self) {
      try limits.checkReport(
        SamplingParams(logprobs: 20), promptTokenCount: 1,
        outputTokenLimit: RequestLimits.mostReportedEntries / 4 + 1)
    }
  }
}
