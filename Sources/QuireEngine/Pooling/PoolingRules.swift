import QuireModels
package import QuireRequests
import QuireTokenizers

/// What a model can make of texts without answering them.
package struct PoolingRules: Sendable {
  /// Elements of a whole vector.
  let hiddenSize: Int
  /// Whether the model answers prompts, too.
  let makesTokens: Bool
  private let embedding: Result<ModelPooling.Embedding, ModelPooling.Refusal>
  /// How a score is made, or why none is; nil where it is the cosine of embeddings.
  private let score: Result<Pooling, ModelPooling.Refusal>?

  /// How scores of pairs are made.
  package var pairForm: PairForm { score == nil ? .cosine : .joined }

  init(_ package: ModelPackage, _ tokenizer: Tokenizer) {
    hiddenSize = package.plan.sizes.hiddenSize
    makesTokens = package.plan.makesTokens
    embedding = package.pooling.embedding
    switch package.pooling.scoring {
    case .cosine: score = nil
    case .classifier(let weights, let activation): score = .success(.classifier(weights, activation))
    case .refused(let reason): score = .failure(ModelPooling.Refusal(reason: reason))
    case .tokens(let positive, let negative, let activation):
      score = Self.tokens(
        positive, negative, activation, tokenizer, vocabularySize: package.shape.vocabularySize)
    }
  }

  private static func tokens(
    _ positive: ModelPooling.Token, _ negative: ModelPooling.Token?, _ activation: ModelPooling.Activation,
    _ tokenizer: Tokenizer, vocabularySize: Int
  ) -> Result<Pooling, ModelPooling.Refusal> {
    var ids: [Int32] = []
    for token in [positive, negative].compactMap(\.self) {
      let (id, name): (Int?, String) =
        switch token {
        case .id(let id): (id, "\(id)")
        case .text(let text): (Self.id(of: text, tokenizer), text.debugDescription)
        }
      guard let id, id < vocabularySize else {
        return .failure(
          ModelPooling.Refusal(
            reason: "the model's files make scores of \(name), which is no token of the vocabulary"))
      }
      ids.append(Int32(id))
    }
    return .success(.tokens(positive: ids[0], negative: ids.count > 1 ? ids[1] : nil, activation))
  }

  private static func id(of text: String, _ tokenizer: Tokenizer) -> Int? {
    let ids = tokenizer.encode(text, recognizeSpecialTokens: true, addSpecialTokens: false)
    return ids.count == 1 ? Int(ids[0]) : nil
  }

  /// What becomes of a request's hidden states. Throws `RequestError` where the model makes no such thing, or the dimensions
  /// are out of its range.
  func pooling(_ task: PooledInput.Task) throws(RequestError) -> Pooling {
    switch task {
    case .embedding(let dimensions):
      let embedding = try taken(embedding)
      try check(dimensions, embedding.dimensions)
      return .vector(embedding.place, isNormed: embedding.isNormed, dimensions: dimensions ?? hiddenSize)
    case .score:
      guard let score else {
        throw RequestError(
          .unsupportedValue, .request,
          found:
            "the model has neither a classifier nor classifier_from_token in its config.json, so that it "
            + "gives one text no score: compare embeddings")
      }
      return try taken(score)
    }
  }

  private func taken<Value>(_ result: Result<Value, ModelPooling.Refusal>) throws(RequestError) -> Value {
    do throws(ModelPooling.Refusal) {
      return try result.get()
    } catch {
      throw RequestError(.unsupportedValue, .request, found: ErrorText(error.reason))
    }
  }

  private func check(_ dimensions: Int?, _ allowed: ModelPooling.Dimensions) throws(RequestError) {
    guard let dimensions else { return }
    let isAllowed: Bool
    let expected: String
    switch allowed {
    case .any: (isAllowed, expected) = ((1...hiddenSize).contains(dimensions), "between 1 and \(hiddenSize)")
    case .listed(let list):
      isAllowed = list.contains(dimensions) && dimensions <= hiddenSize
      expected = "one of \(list.map(String.init).joined(separator: ", ")), as the model's config.json says"
    case .whole:
      isAllowed = dimensions == hiddenSize
      expected = "\(hiddenSize) or absent: the model's config.json says that is_matryoshka is false"
    }
    guard isAllowed else {
      throw RequestError(
        .invalidValue, .chatSetting("dimensions"), found: "\(dimensions)", expected: ErrorText(expected))
    }
  }
}
