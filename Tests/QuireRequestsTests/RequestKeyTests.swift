import QuireRequests
import Testing

@Suite struct RequestKeyTests {
  @Test("A request's key is made of kind, name, seed and place, as hashlib computes it")
  func randomKeys() {
    #expect(RequestKey(id: "x").randomKey(runSeed: 0) == 0x3f440f731ac88234)
    #expect(RequestKey(numericID: "1").randomKey(runSeed: 7) == 0xc8f4fac89c7ff449)
    let content = #"{"prompt":"a"}"#
    #expect(
      RequestKey(content: Array(content.utf8)).randomKey(runSeed: -1, occurrence: 2) == 0xeb168d1f6ad144f4)
  }
}
