extension LLM {
  /// The embedding of each text: the hidden states after the last norm, pooled and normed as the model's files say. Without
  /// such files it is the last token's, scaled to a length of 1.
  ///
  /// Control tokens written in a text are recognised, and the tokenizer's own tokens are put around it. Nothing else is: a
  /// model that wants an instruction before a query has it written there.
  ///
  /// - Parameters:
  ///   - texts: each of at least one token, and no longer than `maxModelLen`.
  ///   - dimensions: elements at the beginning that are kept, which are normed anew where the model's vectors are; nil for all.
  /// - Returns: a vector for each text, in their order: `[hidden size]`, or `[dimensions]`.
  /// - Throws: `EngineError.request` with the index of a text that cannot be read, and where the model pools in a way that this
  ///   version does not; the others are abandoned. `CancellationError` where the task is cancelled.
  public func embed(_ texts: [String], dimensions: Int? = nil) async throws -> [[Float]] {
    try await pooled(texts.map { PooledInput(.text($0), .embedding(dimensions: dimensions)) })
  }

  /// The embedding of each list of token ids, around which nothing is put; else as `embed(_:dimensions:)`.
  ///
  /// - Throws: as `embed(_:dimensions:)`.
  public func embed(tokenIDs: [[Int32]], dimensions: Int? = nil) async throws -> [[Float]] {
    try await pooled(tokenIDs.map { PooledInput(.tokenIDs($0), .embedding(dimensions: dimensions)) })
  }

  /// How well each document goes with a query: what a reranker says of the document behind the query, from 0 to 1; of a model
  /// that is none the cosine of the two embeddings, from -1 to 1.
  ///
  /// A reranker's template is the caller's: what the model expects before, between and behind the two is written in them.
  ///
  /// - Parameters:
  ///   - query: the first text of each pair.
  ///   - documents: the second texts.
  /// - Returns: a score for each document, in their order; higher is better.
  /// - Throws: as `embed(_:dimensions:)`.
  public func score(_ query: String, _ documents: [String]) async throws -> [Float] {
    switch preparer.pairForm {
    case .joined:
      return try await pooled(documents.map { PooledInput(.text(query + $0), .score) }).map { $0[0] }
    case .cosine:
      guard !documents.isEmpty else { return [] }
      let vectors = try await embed([query] + documents)
      return vectors.dropFirst().map { PooledInput.cosine(vectors[0], $0) }
    }
  }

  private func pooled(_ inputs: [PooledInput]) async throws -> [[Float]] {
    try await run(inputs.map { Request(.pooled($0)) }).map { $0.pooled ?? [] }
  }
}
