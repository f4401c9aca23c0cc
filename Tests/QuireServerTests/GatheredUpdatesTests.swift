import QuireRequests
import Testing

@testable import QuireServer

struct GatheredUpdatesTests {
  @Test func updatesOfOneAnswerAreJoinedAndThoseOfOthersStandApart() {
    func entries(_ id: Int32) -> [PositionLogprobs] {
      [[TokenLogprob(tokenID: id, logprob: -1, rank: 1, text: nil)]]
    }
    var gathered = GatheredUpdates()
    gathered.add(RequestUpdate(index: 1, text: "a", reasoning: "x", tokenIDs: [1], logprobs: entries(1)))
    gathered.add(RequestUpdate(index: 0, text: "b", tokenIDs: [2]))
    let output = RequestOutput(promptTokenIDs: [], outputs: [])
    gathered.add(
      RequestUpdate(
        index: 1, text: "c", reasoning: "y", tokenIDs: [3, 4], logprobs: entries(3) + entries(4),
        finishReason: .stop,
        stopReason: .tokenID(4), output: output))
    #expect(
      gathered.take() == [
        RequestUpdate(
          index: 1, text: "ac", reasoning: "xy", tokenIDs: [1, 3, 4],
          logprobs: entries(1) + entries(3) + entries(4),
          finishReason: .stop, stopReason: .tokenID(4), output: output),
        RequestUpdate(index: 0, text: "b", tokenIDs: [2]),
      ])
    #expect(gathered.take().isEmpty)
  }
}
