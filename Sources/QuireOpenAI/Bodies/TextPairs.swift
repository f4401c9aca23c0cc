import QuireRequests

/// Pairs of texts as a model scores them, and what its outputs say of each.
struct TextPairs {
  /// The name of the field of first texts, and of second ones.
  let names: (first: String, second: String)
  /// One text for all, or one for each of the others.
  let first: [String]
  let second: [String]
  /// Whether the field of second texts holds a list.
  let isList: Bool
  let form: PairForm

  /// What is read of them, in order.
  func prompts(_ fields: PooledFields) -> [Prompt] {
    switch form {
    case .cosine: (first + second).map { fields.prompt(.text($0), .embedding()) }
    case .joined:
      second.indices.map { fields.prompt(.text(first[first.count == 1 ? 0 : $0] + second[$0]), .score) }
    }
  }

  /// What errors call one of these, by its number.
  func name(ofPrompt number: Int) -> String {
    switch form {
    case .cosine where number < first.count: first.count == 1 ? names.first : "\(names.first)[\(number)]"
    case .cosine: isList ? "\(names.second)[\(number - first.count)]" : names.second
    case .joined: isList ? "\(names.second)[\(number)]" : names.second
    }
  }

  /// The score of each pair, in the order of the second texts.
  /// - Parameter outputs: one for each prompt.
  func scores(_ outputs: [RequestOutput]) -> [Float] {
    let vectors = outputs.map { $0.pooled ?? [] }
    switch form {
    case .joined: return vectors.map { $0.first ?? 0 }
    case .cosine:
      return second.indices.map {
        PooledInput.cosine(vectors[first.count == 1 ? 0 : $0], vectors[first.count + $0])
      }
    }
  }
}
