import Foundation
import QuireRequests
import Testing

@testable import QuireSampling

/// Probabilities that `Tests/Goldens/sampling/make_distributions.py` computed.
struct DistributionGolden: Decodable {
  let prompt: [Int32]
  let output: [Int32]
  let masked: [Int32]
  let cases: [Case]

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let params: Params
    let temperature: Double
    let logits: [Float]
    let probabilities: [Double]
    var testDescription: String { "\(params.summary) at temperature \(temperature)" }
  }

  /// vLLM's names; what is absent has its default.
  struct Params: Decodable, Sendable {
    var top_k: Int?
    var top_p: Double?
    var min_p: Double?
    var repetition_penalty: Double?
    var frequency_penalty: Double?
    var presence_penalty: Double?
    var min_tokens: Int?
    var logit_bias: [String: Double]?
    var allowed_token_ids: [Int32]?
    var bad_word_token_ids: [[Int32]]?

    var summary: String {
      let fields = Mirror(reflecting: self).children.compactMap { child -> String? in
        let value = Mirror(reflecting: child.value)
        guard value.displayStyle == .optional, let some = value.children.first else { return nil }
        return "\(child.label ?? "") \(some.value)"
      }
      return fields.isEmpty ? "no parameter" : fields.joined(separator: ", ")
    }
  }

  static let shared: DistributionGolden = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Goldens/sampling/distributions.json")
    return try! JSONDecoder().decode(DistributionGolden.self, from: Data(contentsOf: file))
  }()

  /// The state of a sequence with this golden's prompt and output.
  func state(_ golden: Case) -> SamplingState {
    let given = golden.params
    let params = SamplingParams(
      presencePenalty: given.presence_penalty ?? 0, frequencyPenalty: given.frequency_penalty ?? 0,
      repetitionPenalty: given.repetition_penalty ?? 1, temperature: golden.temperature,
      topP: given.top_p ?? 1, topK: given.top_k ?? 0, minP: given.min_p ?? 0, maxTokens: 100,
      minTokens: given.min_tokens ?? 0,
      logitBias: given.logit_bias.map { biases in
        Dictionary(uniqueKeysWithValues: biases.map { (Int32($0.key)!, $0.value) })
      }, allowedTokenIDs: given.allowed_token_ids)
    let checker = StopChecker(params: params, eosTokenIDs: masked, outputTokenLimit: 100)
    var state = SamplingState(
      params: params, promptTokenIDs: prompt, stopChecker: checker,
      tokenConstraints: TokenConstraints(params, badWords: given.bad_word_token_ids ?? []),
      stream: RandomStream(key: 0))
    for id in output { state.append(id) }
    return state
  }
}
