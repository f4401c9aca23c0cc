import QuireJSON
import QuireRequests
import QuireTokenizers
import Testing

@testable import QuireOpenAI

@Suite("Texts of completions")
struct CompletionTextTests {
  /// `endOfText`, "h", "i", and the answer "!".
  private static let promptTokenIDs: [Int32] = [TestModel.endOfText, 71, 72]

  private static func entries(_ id: Int32, _ logprob: Float) -> PositionLogprobs {
    [TokenLogprob(tokenID: id, logprob: logprob, rank: 1, text: TestModel.tokenizer.tokenText(id))]
  }

  private static func answer(
    addsBOS: Bool, maxTokens: Int = 1
  ) -> (text: String, logprobs: String) {
    let tokenizer = TestModel.tokenizer(addsBOS: addsBOS)
    let completion = CompletionOutput(
      index: 0, text: "!", tokenIDs: [0], finishReason: .length, cumulativeLogprob: -0.5,
      logprobs: [entries(0, -0.5)])
    let output = RequestOutput(
      promptTokenIDs: promptTokenIDs, outputs: [completion],
      promptLogprobs: [nil, entries(71, -1), entries(72, -2)])
    var body = SamplingSettings()
    body.state(\.maxTokens, maxTokens)
    var sampling = body
    let echo = Echo(body, &sampling)
    let text = CompletionText(completion, output, echo, skipsSpecialTokens: true, tokenizer)
    var line = JSONWriter()
    text.writeLogprobs(to: &line, tokenizer, namesByID: false)
    return (text.text, String(decoding: line.bytes, as: UTF8.self))
  }

  @Test("what the tokenizer put before a prompt is none of its echo's text, but one of its tokens")
  func addedToken() {
    let (text, logprobs) = Self.answer(addsBOS: true)
    #expect(text == "hi!")
    #expect(
      logprobs == #"{"text_offset":[0,0,1,2],"token_logprobs":[null,-1.0,-2.0,-0.5],"#
        + #""tokens":["<|endoftext|>","h","i","!"],"top_logprobs":[null,{"h":-1.0},{"i":-2.0},{"!":-0.5}]}"#)
  }

  @Test("the same token is text where the tokenizer adds none")
  func givenToken() {
    let (text, logprobs) = Self.answer(addsBOS: false)
    #expect(text == "<|endoftext|>hi!")
    #expect(logprobs.hasPrefix(#"{"text_offset":[0,13,14,15],"#))
  }

  @Test("a prompt alone ends before the answer")
  func promptAlone() {
    let (text, logprobs) = Self.answer(addsBOS: true, maxTokens: 0)
    #expect(text == "hi")
    #expect(logprobs.hasPrefix(#"{"text_offset":[0,0,1],"token_logprobs":[null,-1.0,-2.0],"#))
  }
}
