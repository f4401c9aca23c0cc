import QuireEngine
import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Sampling parameters of lines")
struct SamplingLineTests {
  private static let fields = """
    "n":2,"best_of":3,"presence_penalty":0.5,"frequency_penalty":-0.5,"repetition_penalty":1.25,"top_p":0.5,\
    "top_k":7,"min_p":0.25,"seed":-9,"stop":"x","stop_token_ids":[3,4],"bad_words":["y","z"],\
    "include_stop_str_in_output":true,"ignore_eos":true,"max_tokens":9,"min_tokens":2,"prompt_logprobs":4,\
    "skip_special_tokens":false,"spaces_between_special_tokens":false,"truncate_prompt_tokens":3,\
    "logit_bias":{"5":1.5,"6":-2},"allowed_token_ids":[5,6]
    """
  /// What beams do not report.
  private static let named = #","logprob_token_ids":[8,9]"#
  /// Fields of samples, and of a beam search, which is greedy.
  private static let samples = fields + named + #","temperature":0.75"#
  private static let beams =
    fields
    + #","temperature":0,"use_beam_search":true,"length_penalty":-0.5,"early_stopping":"never""#
  private static let expected = SamplingParams(
    n: 2, bestOf: 3, presencePenalty: 0.5, frequencyPenalty: -0.5, repetitionPenalty: 1.25, temperature: 0.75,
    topP: 0.5, topK: 7, minP: 0.25, seed: -9, stop: ["x"], stopTokenIDs: [3, 4], badWords: ["y", "z"],
    includeStopStringInOutput: true, ignoreEOS: true, maxTokens: 9, minTokens: 2, logprobs: 3,
    promptLogprobs: 4, logprobTokenIDs: [8, 9], skipSpecialTokens: false, spacesBetweenSpecialTokens: false,
    truncatePromptTokens: 3,
    logitBias: [5: 1.5, 6: -2], allowedTokenIDs: [5, 6])

  private static func openAI(_ endpoint: String, _ body: String) -> String {
    #"{"custom_id":"c","method":"POST","url":"/v1/\#(endpoint)","body":{\#(body)}}"#
  }

  private func request(_ line: String) throws -> PreparedRequest {
    let job = TestJob()
    let outcome = try job.run(line)
    #expect(outcome.progress.errorLineCount == 0, "\(outcome.lines)")
    return try #require(job.engine.added.first)
  }

  @Test(
    "every field reaches the engine from flat, nested, chat and completion lines",
    arguments: [false, true])
  func allFields(searchesBeams: Bool) throws {
    let fields = searchesBeams ? Self.beams : Self.samples
    var expected = Self.expected
    if searchesBeams {
      (expected.temperature, expected.logprobTokenIDs) = (0, [])
      (expected.useBeamSearch, expected.lengthPenalty, expected.earlyStopping) = (true, -0.5, .never)
    }
    let chat = #""messages":[{"role":"user","content":"Hi"}],"logprobs":true,"top_logprobs":3,"#
    for line in [
      #"{"prompt":"abcdef","logprobs":3,\#(fields)}"#,
      #"{"prompt":"abcdef","sampling_params":{"logprobs":3,\#(fields)}}"#,
      Self.openAI("completions", #""prompt":"abcdef","logprobs":3,\#(fields)"#),
      Self.openAI("chat/completions", chat + fields),
      Self.openAI(
        "chat/completions", chat + fields.replacing("max_tokens", with: "max_completion_tokens")),
    ] {
      let request = try request(line)
      #expect(request.params == expected, "\(line)")
      #expect(request.promptTokenIDs.count == 3)
    }
  }

  @Test("truncation lets texts and OpenAI conversations in that would be too long")
  func truncation() throws {
    let long = String(repeating: "x", count: 5_000)
    let messages = #""messages":[{"role":"user","content":"\#(long)"}],"truncate_prompt_tokens":20"#
    for line in [
      #"{"prompt":"\#(long)","truncate_prompt_tokens":20}"#, Self.openAI("chat/completions", messages),
    ] {
      #expect(try request(line).promptTokenIDs.count == 20)
    }
  }

  @Test("detokenize is a native field and none of a body")
  func detokenize() throws {
    #expect(try !request(#"{"prompt":"p","detokenize":false}"#).params.detokenize)
    let outcome = try TestJob().run(Self.openAI("completions", #""prompt":"p","detokenize":false"#))
    #expect(outcome.lines[0].contains("unknown_field"))
  }

  @Test("biases of bodies are clamped to -100...100, native ones are not")
  func clamping() throws {
    let biases = #""logit_bias":{"1":1e9,"2":-400,"3":7}"#
    let body = Self.openAI("completions", #""prompt":"p","# + biases)
    #expect(try request(body).params.logitBias == [1: 100, 2: -100, 3: 7])
    #expect(try request(#"{"prompt":"p",\#(biases)}"#).params.logitBias == [1: 1e9, 2: -400, 3: 7])
  }

  @Test("a body's null leaves the job's biases as they are")
  func nullBias() throws {
    var job = TestJob()
    job.parser.defaults.body.sampling.set(\.logitBias, to: [1: 1e9, 2: -400])
    _ = try job.run(Self.openAI("completions", #""prompt":"p","logit_bias":null"#))
    #expect(job.engine.added.first?.params.logitBias == [1: 1e9, 2: -400])
  }

  @Test("two keys of logit_bias that are one token id are refused", arguments: ["05", "+5", "005"])
  func repeatedBias(key: String) throws {
    let outcome = try TestJob().run(#"{"prompt":"p","logit_bias":{"5":1,"6":2,"\#(key)":3}}"#)
    let error = try #require(outcome.objects[0]["error"] as? [String: Any])
    #expect(error["code"] as? String == "duplicate_key")
    let message = try #require(error["message"] as? String)
    #expect(
      message.contains(#"logit_bias: found the keys "5" and "\#(key)""#) && message.contains("leave one"))
  }

  @Test("a chat's logprobs: false turns the job's default off, and its absence leaves it")
  func chatDefault() throws {
    let messages = #""messages":[{"role":"user","content":"Hi"}]"#
    for (extra, expected) in [("", 2), (#","logprobs":false"#, nil), (#","logprobs":true"#, 0)]
      as [(String, Int?)]
    {
      var job = TestJob()
      job.parser.defaults.body.sampling.set(\.logprobs, to: 2)
      _ = try job.run(Self.openAI("chat/completions", messages + extra))
      #expect(job.engine.added.first?.params.logprobs == expected)
    }
  }

  @Test(
    "echo asks for the prompt's log-probabilities where the answer's are asked for, and may ask for no tokens"
  )
  func echo() throws {
    let plain = try request(Self.openAI("completions", #""prompt":"p","echo":true"#)).params
    #expect(plain.promptLogprobs == nil && plain.maxTokens == 16)
    let scored = try request(
      Self.openAI("completions", #""prompt":"p","echo":true,"logprobs":2,"max_tokens":0"#)
    ).params
    #expect(scored.promptLogprobs == 2 && scored.maxTokens == 1)
  }

  @Test(
    "under echo the line's logprobs go before the job's default for prompts, and its prompt_logprobs before both",
    arguments: [
      (#","logprobs":2"#, 2), (#","logprobs":0"#, 0), (#","logprobs":2,"prompt_logprobs":1"#, 1),
      (#","logprobs":2,"prompt_logprobs":null"#, 2), ("", 4), (#","logprobs":null"#, 4),
    ])
  func echoWithDefault(fields: String, expected: Int) throws {
    var job = TestJob()
    job.parser.defaults.body.sampling.set(\.promptLogprobs, to: 4)
    let body = Self.openAI("completions", #""prompt":"p","echo":true\#(fields)"#)
    _ = try job.run(body)
    #expect(job.engine.added.first?.params.promptLogprobs == expected)
    let parsed = job.parser.parse(InputLine(index: 0, content: .bytes(Array(body.utf8))))
    let entries = [TokenLogprob(tokenID: 65, logprob: -1, rank: 1, text: "a")]
    let output = RequestOutput(
      promptTokenIDs: [65],
      outputs: [CompletionOutput(index: 0, text: "b", tokenIDs: [66], finishReason: .length)],
      promptLogprobs: [nil, entries])
    let encoder = AnswerEncoder(modelName: "m", tokenizer: TestModel.tokenizer)
    let answer = encoder.answer(
      parsed.line, at: LinePlace(InputLine(index: 0, content: .tooLong), contentWords: .zero), output)
    #expect(String(decoding: answer, as: UTF8.self).contains(#""prompt_logprobs":[null,"#))
  }

  @Test("minus infinity is written -9999.0; tokens without text are named by id")
  func forms() throws {
    let entries = [
      TokenLogprob(tokenID: 65, logprob: -.infinity, rank: 260),
      TokenLogprob(tokenID: 66, logprob: -0.1, rank: 1, text: "b"),
    ]
    let output = RequestOutput(
      promptTokenIDs: [65],
      outputs: [
        CompletionOutput(
          index: 0, text: "a", tokenIDs: [65], finishReason: .length, cumulativeLogprob: -.infinity,
          logprobs: [entries])
      ])
    let encoder = AnswerEncoder(modelName: "m", tokenizer: TestModel.tokenizer)
    func text(_ line: String) -> String {
      let parsed = LineParser().parse(InputLine(index: 0, content: .bytes(Array(line.utf8))))
      let place = LinePlace(InputLine(index: 0, content: .tooLong), contentWords: .zero)
      return String(decoding: encoder.answer(parsed.line, at: place, output), as: UTF8.self)
    }
    let chat = #""messages":[{"role":"user","content":"Hi"}],"logprobs":true,"top_logprobs":1"#
    #expect(
      text(#"{"prompt":"p"}"#).contains(
        #""cumulative_logprob":-9999.0,"logprobs":[[{"token_id":65,"token":null,"logprob":-9999.0,"rank":260},"#
      ))
    #expect(
      text(Self.openAI("completions", #""prompt":"p""#)).contains(#"[{"token_id:65":-9999.0,"b":-0.1}]"#))
    #expect(
      text(Self.openAI("chat/completions", chat)).contains(
        #"[{"token":"token_id:65","logprob":-9999.0,"bytes":[98],"top_logprobs":[{"token":"b","logprob":-0.1,"#
      ))
  }
}
