import Foundation
import Quire
import QuireBatch
import QuireTestSupport
import Testing

@Suite("The batch job and the library")
struct LibraryAgreementTests {
  private struct Answer: Decodable {
    struct Output: Decodable {
      let token_ids: [Int32]
    }
    let index: Int
    let outputs: [Output]
  }

  /// The token ids that a job answers lines with.
  private func answers(
    _ model: String, _ lines: [String], _ change: (inout BatchJob.Options) -> Void = { _ in }
  ) throws -> [[Int32]] {
    var options = BatchJob.Options()
    (options.seed, options.parts) = (11, [.tokenIDs])
    change(&options)
    var answers: [Int: [Int32]] = [:]
    _ = try BatchJob(model: model, options: options).run(lines) { line in
      let answer = try JSONDecoder().decode(Answer.self, from: Data(line.utf8))
      answers[answer.index] = answer.outputs[0].token_ids
    }
    return lines.indices.compactMap { answers[$0] }
  }

  private func answers(_ model: String, _ requests: [LLM.Request]) async throws -> [[Int32]] {
    let llm = try await LLM(model: model, configuration: EngineConfiguration(seed: 11))
    return try await llm.responses(to: requests).map { try $0.get().outputs[0].tokenIDs }
  }

  private let params = SamplingParams(temperature: 1.5, ignoreEOS: true, maxTokens: 16)

  @Test("the same id, prompt and seed have the same tokens in a line and in a request")
  func ids() async throws {
    let model = try TinyModel()
    let fields = #""prompt":"same","temperature":1.5,"top_k":0,"ignore_eos":true,"max_tokens":16"#
    let names = ["a", "b", "é"]
    let lines = names.map { #"{"id":"\#($0)",\#(fields)}"# }
    let requests = names.reversed().map { LLM.Request("same", params: params, id: $0) }
    let found = try answers(model.path, lines)
    #expect(try await answers(model.path, requests) == found.reversed())
    #expect(Set(found).count == 3)
    withExtendedLifetime(model) {}
  }

  @Test("texts without an id have the tokens of the same lines of text, equal ones included")
  func texts() async throws {
    let model = try TinyModel()
    let texts = ["one", "two", "one", "one"]
    let found = try answers(model.path, texts) {
      $0.inputFormat = .text
      $0.sampling = params
    }
    let requests = texts.map { LLM.Request(.text($0), params: params) }
    #expect(try await answers(model.path, requests) == found)
    #expect(Set(found).count == 4)
    withExtendedLifetime(model) {}
  }
}
