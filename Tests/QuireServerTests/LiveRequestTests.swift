import QuireBatch
import QuireOpenAI
import Testing

@testable import QuireServer

struct LiveRequestTests {
  private func request(_ body: String, seed: Int64 = 0) throws(InputError) -> LiveRequest {
    try LiveRequest(CompletionBody.self, Array(body.utf8), BodyDefaults(), runSeed: seed)
  }

  @Test func aBodyIsNamedAndDrawsAsTheLineOfABatchThatHoldsIt() throws {
    let body = #"{ "prompt" : "Once", "max_tokens":3}"#
    let line = #"{"method":"POST","url":"/v1/completions","body":"# + body + "}"
    var registry = LineRegistry(runSeed: 7)
    let identity = registry.register(id: nil, content: Array(line.utf8), lineNumber: 1).identity
    #expect(try request("\n" + body + " ", seed: 7).identity == identity)
  }

  @Test(arguments: [
    (
      #"{"prompt":"Once","max_tokens":3}"#,
      #"{"prompt":"Once","stream":true, "stream_options":{"include_usage":true} , "max_tokens":3}"#
    ),
    (
      #"{ "prompt": "Once", "max_tokens": 3 }"#,
      #"{ "stream_options": {"include_usage": true}, "prompt": "Once", "max_tokens": 3, "stream": true }"#
    ),
    (
      #"{"prompt": "Once", "max_tokens": 3}"#,
      #"{"prompt": "Once", "max_tokens": 3, "stream": true, "stream_options": {"include_usage": true}}"#
    ),
  ])
  func whetherAnAnswerIsStreamedChangesNothingElse(wholeBody: String, streamedBody: String) throws {
    let whole = try request(wholeBody)
    let streamed = try request(streamedBody)
    #expect(whole.stream == nil)
    #expect(streamed.stream?.includesUsage == true)
    #expect(streamed.identity == whole.identity)
    #expect(streamed.body.request == whole.body.request)
  }

  @Test(arguments: [
    "", "[]", "{", #"{"prompt":"a"}x"#, #"{"prompt":"a","stream":1}"#, #"{"prompt":"a","stream_options":{}}"#,
    #"{"prompt":"a","stream":true,"stream_options":[]}"#,
    #"{"prompt":"a","stream":true,"stream_options":{"include_usages":true}}"#,
    #"{"prompt":"a","prompt":"b"}"#, #"{"prompt":"a","messages":[]}"#,
  ])
  func aBodyThatIsWrongIsRefused(body: String) {
    #expect(throws: InputError.self) { try request(body) }
  }
}
