import QuireRequests
import Testing

@Suite("Stopping by token and length")
struct StopCheckerTests {
  private func decision(
    _ params: SamplingParams, _ token: Int32, count: Int, limit: Int = 10
  ) -> StopDecision? {
    StopChecker(params: params, eosTokenIDs: [2, 7], outputTokenLimit: limit)
      .decision(appending: token, outputTokenCount: count)
  }

  @Test("the end-of-text token stops without a stop reason, further ones and stop ids by id")
  func stopsByToken() {
    let params = SamplingParams(stopTokenIDs: [5])
    #expect(
      decision(params, 2, count: 1)
        == StopDecision(finishReason: .stop, stopReason: nil, keepsTokenText: false))
    #expect(
      decision(params, 7, count: 1)
        == StopDecision(finishReason: .stop, stopReason: .tokenID(7), keepsTokenText: false))
    #expect(
      decision(params, 5, count: 1)
        == StopDecision(finishReason: .stop, stopReason: .tokenID(5), keepsTokenText: false))
    #expect(decision(params, 4, count: 1) == nil)
  }

  @Test("ignore_eos passes the end-of-text tokens, explicit stop ids still stop")
  func ignoresEOS() {
    let params = SamplingParams(stopTokenIDs: [7], ignoreEOS: true)
    #expect(decision(params, 2, count: 1) == nil)
    #expect(decision(params, 7, count: 1)?.stopReason == .tokenID(7))
    #expect(decision(SamplingParams(ignoreEOS: true), 7, count: 1) == nil)
    #expect(decision(SamplingParams(ignoreEOS: true), 2, count: 10)?.finishReason == .length)
  }

  @Test("end-of-text on the last permitted token says stop, any other says length")
  func lastToken() {
    #expect(decision(SamplingParams(), 2, count: 10)?.finishReason == .stop)
    #expect(
      decision(SamplingParams(), 4, count: 10)
        == StopDecision(finishReason: .length, stopReason: nil, keepsTokenText: true))
    #expect(decision(SamplingParams(), 4, count: 9) == nil)
  }

  @Test("nothing stops below min_tokens, everything does from there on")
  func minTokens() {
    let params = SamplingParams(stopTokenIDs: [5], minTokens: 3)
    #expect(decision(params, 2, count: 2) == nil && decision(params, 5, count: 2) == nil)
    #expect(decision(params, 2, count: 3)?.finishReason == .stop)
  }

  @Test("min_tokens above a lowered limit gives way to it")
  func loweredLimit() {
    #expect(decision(SamplingParams(minTokens: 12), 4, count: 10)?.finishReason == .length)
  }

  @Test("the stop token's text is kept on request")
  func keepsText() {
    let params = SamplingParams(includeStopStringInOutput: true)
    #expect(decision(params, 2, count: 1)?.keepsTokenText == true)
  }

  @Test("the mask holds end-of-text tokens and stop ids once each, under ignore_eos too")
  func mask() {
    let params = SamplingParams(stopTokenIDs: [5, 7], ignoreEOS: true, minTokens: 1)
    let checker = StopChecker(params: params, eosTokenIDs: [2, 7], outputTokenLimit: 10)
    #expect(checker.maskedTokenIDs == [2, 7, 5])
    #expect(checker.isExemptFromStopStrings(outputTokenCount: 1))
    #expect(!checker.isExemptFromStopStrings(outputTokenCount: 2))
  }

  @Test("a stop string that is a control token ends the answer with the string as the reason")
  func controlStops() {
    let params = SamplingParams(stop: ["<|a|>"], stopTokenIDs: [4], minTokens: 1)
    let checker = StopChecker(
      params: params, eosTokenIDs: [2, 7], outputTokenLimit: 9, controlStops: [5: "<|a|>", 2: "<|e|>"])
    #expect(checker.maskedTokenIDs == [2, 7, 4, 5])
    #expect(checker.decision(appending: 5, outputTokenCount: 1)?.stopReason == .string("<|a|>"))
    #expect(checker.decision(appending: 5, outputTokenCount: 1)?.finishReason == .stop)
    #expect(checker.decision(appending: 4, outputTokenCount: 1)?.stopReason == .tokenID(4))
    #expect(checker.decision(appending: 2, outputTokenCount: 1)?.stopReason == nil)
    #expect(checker.decision(appending: 5, outputTokenCount: 0) == nil)
    #expect(checker.decision(appending: 6, outputTokenCount: 1) == nil)
  }
}
