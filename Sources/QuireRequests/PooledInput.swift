/// What a request without an answer asks for: the model's last hidden states of a text pooled into one vector, or a score.
public struct PooledInput: Sendable, Equatable {
  /// What is read.
  public enum Source: Sendable, Equatable {
    /// A text; control tokens written in it are recognised.
    case text(String)
    /// Token ids, each in the vocabulary; nothing is put around them.
    case tokenIDs([Int32])
  }

  /// What is made of the hidden states.
  public enum Task: Sendable, Equatable {
    /// One vector, pooled and normed as the model's files say; of its first `dimensions` elements alone where that is not
    /// nil, which are normed anew.
    case embedding(dimensions: Int? = nil)
    /// One number: what a reranker says of the text, or a model with one class.
    case score
  }

  /// What is read.
  public var source: Source
  /// What is made of it.
  public var task: Task
  /// Tokens that are read at most, those at the beginning, the tokens that the tokenizer puts around a text included; −1 for
  /// the model's length, nil for all: too many are an error then.
  public var tokenLimit: Int?
  /// Whether a text gets the tokens that the tokenizer puts around it.
  public var addsSpecialTokens: Bool

  /// An input; each argument is the field of its name.
  public init(
    _ source: Source, _ task: Task = .embedding(), tokenLimit: Int? = nil, addsSpecialTokens: Bool = true
  ) {
    self.source = source
    self.task = task
    self.tokenLimit = tokenLimit
    self.addsSpecialTokens = addsSpecialTokens
  }
}

extension PooledInput {
  /// The cosine of two vectors of one length, summed in order and in double precision; 0 where one has no length.
  package static func cosine(_ left: [Float], _ right: [Float]) -> Float {
    var (product, leftSquare, rightSquare) = (0.0, 0.0, 0.0)
    for (left, right) in zip(left, right) {
      product += Double(left) * Double(right)
      leftSquare += Double(left) * Double(left)
      rightSquare += Double(right) * Double(right)
    }
    // As torch's cosine_similarity.
    return Float(product / max((leftSquare * rightSquare).squareRoot(), 1e-8))
  }
}

/// How a model scores a pair of texts.
package enum PairForm: Sendable, Equatable {
  /// By the cosine of the two texts' embeddings: each text is a request.
  case cosine
  /// By one number of the second text behind the first: each pair is a request.
  case joined
}
