import Quire
import QuireTestSupport
import Testing

@Suite("Several requests at once")
struct ResponseTests {
  private let model: TinyModel
  private let llm: LLM
  private let params = SamplingParams {
    $0.temperature = 0
    $0.ignoreEOS = true
    $0.maxTokens = 4
  }

  init() async throws {
    model = try TinyModel()
    llm = try await LLM(
      model: model.path, configuration: EngineConfiguration(maxNumSeqs: 2, generationConfig: .none))
  }

  @Test("responses come in the order of the requests with their ids, and a wrong request fails alone")
  func failsAlone() async throws {
    var requests = (0..<9).map { index in
      LLM.Request(.text(String(repeating: "r", count: 1 + index)), params: params, id: "id \(index)")
    }
    requests[2].prompt = .tokenIDs([])
    requests[5].params?.temperature = 9
    requests[7].prompt = .conversation([])
    let responses = try await llm.responses(to: requests)
    #expect(responses.count == 9)
    for (index, response) in responses.enumerated() {
      switch response {
      case .success(let output):
        #expect(output.requestID == "id \(index)" && output.promptTokenIDs.count == 1 + index)
        #expect(output.outputs[0].tokenIDs.count == 4)
      case .failure(let error):
        let expected: [Int: (RequestError.Code, ErrorPlace)] = [
          2: (.invalidValue, .promptTokenIDs), 5: (.invalidValue, .parameter(.temperature)),
          7: (.invalidMessages, .messages),
        ]
        #expect(expected[index]?.0 == error.code && expected[index]?.1 == error.place, "\(error)")
      }
    }
  }

  @Test("each prompt may have parameters of its own, as many as there are prompts")
  func ownParams() async throws {
    let lengths = [1, 2, 3]
    let own = lengths.map { length in params.with { $0.maxTokens = length } }
    let outputs = try await llm.generate(["a", "b", "c"], own)
    #expect(outputs.map { $0.outputs[0].tokenIDs.count } == lengths)
    let ids: [[Int32]] = [[1], [2, 3], [4]]
    let counts = try await llm.generate(promptTokenIDs: ids, own).map { $0.outputs[0].tokenIDs.count }
    #expect(counts == lengths)
    await #expect {
      _ = try await llm.generate(["a", "b"], own)
    } throws: { error in
      guard case EngineError.unequalCounts(prompts: 2, params: 3) = error else { return false }
      return true
    }
  }

  @Test("no messages are no conversation, and no conversations have no answers")
  func empty() async throws {
    await #expect {
      _ = try await llm.chat([])
    } throws: { error in
      guard case EngineError.request(index: 0, let refusal) = error else { return false }
      return refusal.place == .messages
    }
    #expect(try await llm.chat(conversations: []).isEmpty)
    #expect(try await llm.generate([]).isEmpty)
    #expect(try await llm.responses(to: []).isEmpty)
  }

  @Test("conversations are answered in their order")
  func conversations() async throws {
    let turns = (0..<3).map { [ChatMessage.user(String(repeating: "u", count: 1 + $0))] }
    let together = try await llm.chat(conversations: turns, params)
    for (turn, output) in zip(turns, together) {
      #expect(try await llm.chat(turn, params) == output)
    }
  }

  @Test("requests with an id draw by it, wherever they stand and whatever stands beside them")
  func ids() async throws {
    let params = SamplingParams(temperature: 1.5, ignoreEOS: true, maxTokens: 20)
    func answers(_ ids: [String?]) async throws -> [[Int32]] {
      try await llm.responses(to: ids.map { LLM.Request("same", params: params, id: $0) })
        .map { try $0.get().outputs[0].tokenIDs }
    }
    let first = try await answers(["x", "y", nil, nil])
    #expect(Set(first).count == 4)
    let second = try await answers([nil, "y", nil, "x"])
    #expect(second == [first[2], first[1], first[3], first[0]])
  }

  @Test("a cancelled call throws CancellationError")
  func cancelled() async throws {
    let requests = [LLM.Request("a", params: params)]
    let call = Task { [llm] in
      while !Task.isCancelled { await Task.yield() }
      return try await llm.responses(to: requests)
    }
    call.cancel()
    await #expect(throws: CancellationError.self) { _ = try await call.value }
  }
}
