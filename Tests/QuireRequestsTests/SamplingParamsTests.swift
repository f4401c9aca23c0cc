import QuireRequests
import Testing

@Suite("Sampling parameters")
struct SamplingParamsTests {
  @Test("the defaults are vLLM's, valid and supported")
  func defaults() throws {
    let params = SamplingParams()
    try params.validate(vocabularySize: 10)
    try params.checkSupported()
    #expect(params.n == 1 && params.bestOf == nil && params.temperature == 1 && params.topP == 1)
    #expect(params.topK == 0 && params.minP == 0 && params.maxTokens == 16 && params.minTokens == 0)
    #expect(params.presencePenalty == 0 && params.frequencyPenalty == 0 && params.repetitionPenalty == 1)
    #expect(params.detokenize && params.skipSpecialTokens && params.spacesBetweenSpecialTokens)
    #expect(!params.ignoreEOS && !params.includeStopStringInOutput && params.seed == nil)
    #expect(params.normalized() == params)
  }

  @Test(
    "values at the ends of their ranges are valid",
    arguments: [
      SamplingParams(n: 16384, bestOf: 16384), SamplingParams(presencePenalty: -2, frequencyPenalty: 2),
      SamplingParams(repetitionPenalty: 1e-30), SamplingParams(temperature: 0),
      SamplingParams(temperature: 2, topP: 1e-9, topK: -1, minP: 1), SamplingParams(topK: 1, seed: -1),
      SamplingParams(stopTokenIDs: [0, 99], maxTokens: 5, minTokens: 5),
      SamplingParams(maxTokens: nil, minTokens: 9),
      SamplingParams(logprobs: 20, promptLogprobs: -1), SamplingParams(detokenize: false),
      SamplingParams(n: 4, temperature: 0, useBeamSearch: true),
      SamplingParams(
        bestOf: 3, temperature: 0, useBeamSearch: true, lengthPenalty: -2, earlyStopping: .never),
    ])
  func acceptsEnds(params: SamplingParams) throws {
    try params.validate(vocabularySize: 100)
  }

  struct Wrong: CustomTestStringConvertible, Sendable {
    let params: SamplingParams
    let field: String
    let value: String
    var testDescription: String { "\(field) \(value)" }

    func isNamed(by error: RequestError) {
      guard case .parameter(let place) = error.place else {
        Issue.record("\(error) names no parameter")
        return
      }
      #expect(place.rawValue == field && error.found.worded(in: JSONDialect()) == value)
    }
  }

  static let wrong: [Wrong] = [
    Wrong(params: SamplingParams(n: 0), field: "n", value: "0"),
    Wrong(params: SamplingParams(n: 16385), field: "n", value: "16385"),
    Wrong(params: SamplingParams(n: 3, bestOf: 2), field: "best_of", value: "2"),
    Wrong(params: SamplingParams(n: 2, temperature: 0), field: "n", value: "2"),
    Wrong(params: SamplingParams(bestOf: 2, temperature: 0), field: "best_of", value: "2"),
    Wrong(params: SamplingParams(presencePenalty: 2.5), field: "presence_penalty", value: "2.5"),
    Wrong(params: SamplingParams(frequencyPenalty: -2.5), field: "frequency_penalty", value: "-2.5"),
    Wrong(params: SamplingParams(frequencyPenalty: .nan), field: "frequency_penalty", value: "nan"),
    Wrong(params: SamplingParams(repetitionPenalty: 0), field: "repetition_penalty", value: "0.0"),
    Wrong(params: SamplingParams(repetitionPenalty: .infinity), field: "repetition_penalty", value: "inf"),
    Wrong(params: SamplingParams(temperature: -0.1), field: "temperature", value: "-0.1"),
    Wrong(params: SamplingParams(temperature: 2.1), field: "temperature", value: "2.1"),
    Wrong(params: SamplingParams(temperature: .nan), field: "temperature", value: "nan"),
    Wrong(params: SamplingParams(topP: 0), field: "top_p", value: "0.0"),
    Wrong(params: SamplingParams(topP: 1.01), field: "top_p", value: "1.01"),
    Wrong(params: SamplingParams(temperature: 0, topP: 0), field: "top_p", value: "0.0"),
    Wrong(params: SamplingParams(topP: .nan), field: "top_p", value: "nan"),
    Wrong(params: SamplingParams(temperature: .infinity), field: "temperature", value: "inf"),
    Wrong(params: SamplingParams(presencePenalty: .nan), field: "presence_penalty", value: "nan"),
    Wrong(params: SamplingParams(repetitionPenalty: .nan), field: "repetition_penalty", value: "nan"),
    Wrong(params: SamplingParams(minP: .nan), field: "min_p", value: "nan"),
    Wrong(params: SamplingParams(lengthPenalty: .nan), field: "length_penalty", value: "nan"),
    Wrong(
      params: SamplingParams(logitBias: [3: .infinity]), field: "logit_bias", value: "inf for the token id 3"),
    Wrong(
      params: SamplingParams(allowedTokenIDs: [1, 100]), field: "allowed_token_ids", value: "the token id 100"
    ),
    Wrong(params: SamplingParams(topK: -2), field: "top_k", value: "-2"),
    Wrong(params: SamplingParams(minP: 1.5), field: "min_p", value: "1.5"),
    Wrong(params: SamplingParams(minP: -.infinity), field: "min_p", value: "-inf"),
    Wrong(params: SamplingParams(stop: ["a", ""]), field: "stop", value: "an empty string"),
    Wrong(
      params: SamplingParams(stop: ["a"], detokenize: false), field: "stop",
      value: "set with detokenize = false"),
    Wrong(params: SamplingParams(badWords: [""]), field: "bad_words", value: "an empty string"),
    Wrong(
      params: SamplingParams(badWords: Array(repeating: "a", count: 262_145)), field: "bad_words",
      value: "a list of 262145 strings"),
    Wrong(
      params: SamplingParams(stop: [String(repeating: "a", count: 4_194_305)]), field: "stop",
      value: "4194305 bytes of strings"),
    Wrong(params: SamplingParams(stopTokenIDs: [100]), field: "stop_token_ids", value: "the token id 100"),
    Wrong(params: SamplingParams(stopTokenIDs: [-1]), field: "stop_token_ids", value: "the token id -1"),
    Wrong(params: SamplingParams(maxTokens: 0), field: "max_tokens", value: "0"),
    Wrong(params: SamplingParams(minTokens: -1), field: "min_tokens", value: "-1"),
    Wrong(params: SamplingParams(maxTokens: 5, minTokens: 6), field: "min_tokens", value: "6"),
    Wrong(params: SamplingParams(logprobs: 21), field: "logprobs", value: "21"),
    Wrong(params: SamplingParams(promptLogprobs: -2), field: "prompt_logprobs", value: "-2"),
    Wrong(
      params: SamplingParams(logprobs: 0, logprobTokenIDs: [100]), field: "logprob_token_ids",
      value: "the token id 100"),
    Wrong(
      params: SamplingParams(logprobTokenIDs: [1]), field: "logprob_token_ids", value: "a list of 1 token ids"
    ),
    Wrong(
      params: SamplingParams(logprobs: 0, logprobTokenIDs: Array(repeating: 1, count: 1025)),
      field: "logprob_token_ids", value: "1025"),
    Wrong(params: SamplingParams(truncatePromptTokens: 0), field: "truncate_prompt_tokens", value: "0"),
    Wrong(params: SamplingParams(logitBias: [100: 1]), field: "logit_bias", value: "the token id 100"),
    Wrong(params: SamplingParams(logitBias: [3: .nan]), field: "logit_bias", value: "nan for the token id 3"),
    Wrong(params: SamplingParams(allowedTokenIDs: []), field: "allowed_token_ids", value: "empty"),
    Wrong(params: SamplingParams(n: 2, useBeamSearch: true), field: "temperature", value: "1.0"),
    Wrong(params: SamplingParams(temperature: 0, useBeamSearch: true), field: "n", value: "1"),
    Wrong(
      params: SamplingParams(bestOf: 1, temperature: 0, useBeamSearch: true), field: "best_of", value: "1"),
    Wrong(params: SamplingParams(lengthPenalty: 2), field: "length_penalty", value: "2.0"),
    Wrong(params: SamplingParams(earlyStopping: .never), field: "early_stopping", value: "\"never\""),
    Wrong(params: SamplingParams(earlyStopping: .whenEnoughFinished), field: "early_stopping", value: "true"),
    Wrong(params: SamplingParams(lengthPenalty: .infinity), field: "length_penalty", value: "inf"),
  ]

  @Test("a value out of range is refused, named with its field", arguments: wrong)
  func refuses(wrong: Wrong) throws {
    let error = try #require(throws: RequestError.self) {
      try wrong.params.validate(vocabularySize: 100)
    }
    #expect(error.code == .invalidValue)
    wrong.isNamed(by: error)
  }

  @Test("a message names field, value and range")
  func message() {
    let error = #expect(throws: RequestError.self) { try SamplingParams(topP: 1.5).validate() }
    #expect(error?.description == "topP is 1.5, but must be in (0, 1]")
    #expect(error?.message(in: JSONDialect()) == "top_p is 1.5, but must be in (0, 1]")
  }

  static let unsupported: [Wrong] = [
    Wrong(
      params: SamplingParams(n: 2, temperature: 0, logprobs: -1, useBeamSearch: true), field: "logprobs",
      value: "-1"),
    Wrong(
      params: SamplingParams(n: 2, temperature: 0, logprobs: 1, logprobTokenIDs: [3], useBeamSearch: true),
      field: "logprob_token_ids", value: "a list of 1 token ids"),
  ]

  @Test("what this version does not carry out is refused by name, not ignored", arguments: unsupported)
  func refusesUnsupported(wrong: Wrong) throws {
    try wrong.params.validate(vocabularySize: 100)
    let error = try #require(throws: RequestError.self) { try wrong.params.checkSupported() }
    #expect(error.code == .unsupportedValue)
    wrong.isNamed(by: error)
  }

  @Test("greedy resets the truncations and only those")
  func greedyReset() {
    let params = SamplingParams(
      presencePenalty: 1, repetitionPenalty: 1.5, temperature: 0, topP: 0.5, topK: 7, minP: 0.2, minTokens: 3)
    var expected = params
    (expected.topP, expected.topK, expected.minP) = (1, 0, 0)
    #expect(params.normalized() == expected)
  }

  @Test("normal form: low temperatures are raised, -1 becomes off, stop ids are unique in their order")
  func normalForm() {
    let params = SamplingParams(
      temperature: 0.001, topK: -1, seed: -1, stopTokenIDs: [5, 3, 5, 3, 9], logprobTokenIDs: [4, 4, 2]
    ).normalized()
    #expect(params.temperature == 0.01 && params.topK == 0 && params.seed == nil)
    #expect(params.stopTokenIDs == [5, 3, 9])
    #expect(params.logprobTokenIDs == [4, 2])
  }
}
