import Quire
import QuireTestSupport
import Testing

@Suite("Tokens as they come")
struct StreamTests {
  private let model: TinyModel
  private let llm: LLM

  init() async throws {
    model = try TinyModel()
    llm = try await LLM(
      model: model.path, configuration: EngineConfiguration(maxNumSeqs: 4, generationConfig: .none))
  }

  /// The updates of a request, and what they come to.
  private func updates(_ request: LLM.Request) async throws -> (all: [RequestUpdate], output: RequestOutput) {
    var updates: [RequestUpdate] = []
    for try await update in llm.stream(request) { updates.append(update) }
    let output = try #require(updates.last?.output)
    #expect(updates.dropLast().allSatisfy { $0.output == nil })
    for answer in output.outputs {
      let own = updates.filter { $0.index == answer.index }
      #expect(own.map(\.text).joined() == answer.text)
      #expect(own.flatMap(\.tokenIDs) == answer.tokenIDs)
      #expect(own.compactMap(\.logprobs).flatMap { $0 } == answer.logprobs ?? [])
      #expect(own.dropLast().allSatisfy { $0.finishReason == nil })
      #expect(own.last?.finishReason == answer.finishReason && own.last?.stopReason == answer.stopReason)
    }
    return (updates, output)
  }

  @Test("the updates of a request, joined, are its output, and that is the one of generate")
  func joined() async throws {
    let params = SamplingParams(temperature: 1, seed: 5, ignoreEOS: true, maxTokens: 30, logprobs: 2)
    let (updates, output) = try await updates(LLM.Request("stream", params: params, id: "a"))
    #expect(updates.count == 30 && updates.allSatisfy { $0.tokenIDs.count == 1 && $0.requestID == "a" })
    var expected = try await llm.generate(["stream"], params)[0]
    expected.requestID = "a"
    #expect(output == expected)
  }

  @Test("each of n answers has updates of its own", arguments: [nil, 3])
  func samples(stopLength: Int?) async throws {
    var params = SamplingParams(n: 6, temperature: 1.5, seed: 9, ignoreEOS: true, maxTokens: 20)
    params.stop = stopLength.map { [String(repeating: "e", count: $0), "z"] } ?? []
    let (updates, output) = try await updates(LLM.Request("many", params: params))
    #expect(Set(updates.map(\.index)) == Set(0..<6) && output.outputs.count == 6)
  }

  /// Bytes by bias, so that the answer is a text that the test knows.
  private func writing(_ text: String) -> SamplingParams {
    SamplingParams {
      $0.temperature = 0
      $0.ignoreEOS = true
      $0.maxTokens = text.utf8.count
      $0.structuredOutputs = .choice([text])
    }
  }

  @Test("text that could still become a stop string is held back, and given where it does not")
  func heldBack() async throws {
    var params = writing("abcdefgh")
    params.stop = ["cdX", "gh"]
    let (updates, output) = try await updates(LLM.Request("x", params: params))
    #expect(output.outputs[0].text == "abcdef" && output.outputs[0].stopReason == .string("gh"))
    // Two characters at most could begin the longest stop string.
    #expect(updates.map(\.text) == ["", "", "a", "b", "c", "d", "e", "f"])
  }

  @Test("parts of a character are held back until it is whole")
  func characters() async throws {
    let (updates, output) = try await updates(LLM.Request("x", params: writing("né日")))
    #expect(output.outputs[0].text == "né日")
    #expect(updates.map(\.text) == ["n", "", "é", "", "", "日"])
  }

  @Test("what is chosen at the end has one update an answer: beams, and the best of several")
  func chosen() async throws {
    let beams = SamplingParams(n: 2, bestOf: 3, temperature: 0, maxTokens: 6, useBeamSearch: true)
    let best = SamplingParams(n: 2, bestOf: 4, temperature: 1, seed: 3, maxTokens: 6)
    for params in [beams, best] {
      let (updates, output) = try await updates(LLM.Request("chosen", params: params))
      #expect(updates.map(\.index) == [0, 1])
      #expect(try await llm.generate(["chosen"], params)[0] == output)
    }
  }

  @Test("a request that cannot be carried out throws why")
  func refusal() async throws {
    let error = await #expect(throws: RequestError.self) {
      for try await _ in llm.stream(LLM.Request("x", params: SamplingParams { $0.topP = 3 })) {}
    }
    #expect(error?.place == .parameter(.topP) && error?.found == "3.0" && error?.expected == "in (0, 1]")
    #expect(error?.description == "topP is 3.0, but must be in (0, 1]")
  }

  @Test("a stream that was left leaves the engine to others, and a second iteration throws")
  func left() async throws {
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 100)
    let streams = (0..<9).map { _ in llm.stream(LLM.Request("left", params: params)) }
    for stream in streams {
      for try await update in stream {
        #expect(update.tokenIDs.count == 1)
        break
      }
      await #expect(throws: SecondIterationError.self) { for try await _ in stream {} }
    }
    #expect(try await llm.generate(["after"], params)[0].outputs[0].tokenIDs.count == 100)
  }

  @Test("a conversation's stream ends with the report of its history")
  func history() async throws {
    let messages: [ChatMessage] = [
      .user(String(repeating: "long ", count: 20)), .assistant("old"), .user("new"),
    ]
    let request = LLM.Request(.conversation(messages), params: SamplingParams { $0.maxTokens = 3 })
    let report = try await updates(request).output.history
    #expect(report == HistoryReport(roundsKept: 0, roundsDropped: 1, userTokensCut: 0))
    #expect(try await llm.chat(messages, request.params).history == report)
  }
}
