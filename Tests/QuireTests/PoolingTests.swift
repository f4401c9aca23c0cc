import Foundation
import Quire
import QuireTestSupport
import Testing

/// A tiny checkpoint, and what transformers and sentence-transformers make of some texts with it.
private struct EmbeddingGolden: Decodable {
  let texts: [String]
  let tokens: [[Int32]]
  let embeddings: [[Float]]
  let dimensions: Int
  let shortened: [[Float]]
  let pairs: [[String]]
  let scores: [Float]

  static let names = [
    "qwen3-embedding", "llama-mean", "llama-first", "llama-causal", "qwen3-reranker", "llama-logit-score",
    "qwen3-classifier",
    "llama-classifier",
  ]

  init(_ name: String) throws {
    let url = TinyCheckpoint.goldens.appending(path: "embeddings/\(name).json")
    self = try JSONDecoder().decode(EmbeddingGolden.self, from: Data(contentsOf: url))
  }
}

@Suite("Embeddings and scores")
struct PoolingTests {
  private static let exact = EngineConfiguration(threads: 2, dtype: .float32)

  private func llm(_ name: String, _ configuration: EngineConfiguration) async throws -> LLM {
    let checkpoint = try TinyCheckpoint(golden: name, in: "embeddings")
    let llm = try await LLM(model: checkpoint.path, configuration: configuration)
    return withExtendedLifetime(checkpoint) { llm }
  }

  private func distance(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).map { abs($0 - $1) }.max() ?? 0
  }

  @Test(
    "vectors, shortened ones and scores are those of the Python packages", arguments: EmbeddingGolden.names)
  func goldens(_ name: String) async throws {
    let golden = try EmbeddingGolden(name)
    let llm = try await llm(name, Self.exact)
    let vectors = try await llm.embed(golden.texts)
    for (vector, expected) in zip(vectors, golden.embeddings) { #expect(distance(vector, expected) < 1e-4) }
    #expect(vectors.count == golden.texts.count)
    #expect(try await llm.embed(tokenIDs: golden.tokens) == vectors)
    let shortened = try await llm.embed(golden.texts, dimensions: golden.dimensions)
    for (vector, expected) in zip(shortened, golden.shortened) { #expect(distance(vector, expected) < 1e-4) }
    for (pair, expected) in zip(golden.pairs, golden.scores) {
      let scores = try await llm.score(pair[0], [pair[1], pair[0], pair[1]])
      #expect(abs(scores[0] - expected) < 1e-4 && scores.count == 3 && scores[0] == scores[2])
    }
  }

  @Test("one text that cannot be read is named, and so is a model without an output head")
  func refusals() async throws {
    let llm = try await llm("llama-mean", Self.exact)
    await #expect {
      try await llm.embed(["a", String(repeating: "x", count: 513)])
    } throws: { error in
      guard case EngineError.request(1, let error) = error else { return false }
      return error.code == .contextLengthExceeded
    }
    await #expect {
      try await llm.embed([""])
    } throws: { error in
      guard case EngineError.request(0, let error) = error else { return false }
      return error.code == .invalidValue
    }
    await #expect {
      try await llm.generate(["a"])
    } throws: { error in
      guard case EngineError.request(0, let error) = error else { return false }
      return error.code == .unsupportedValue && "\(error)".contains("output head")
    }
  }

  @Test("a stream of a text that is read has one element, with the vector")
  func stream() async throws {
    let llm = try await llm("llama-mean", Self.exact)
    var updates: [RequestUpdate] = []
    for try await update in llm.stream(LLM.Request(.pooled(PooledInput(.text("a"))), id: "one")) {
      updates.append(update)
    }
    #expect(updates.count == 1 && updates[0].tokenIDs.isEmpty && updates[0].requestID == "one")
    #expect(try await llm.embed(["a"]) == [updates.last?.output?.pooled])
  }
}
