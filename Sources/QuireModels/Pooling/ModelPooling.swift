import QuireModelFiles

/// What a model's files say of vectors and scores: which hidden states are pooled, and what is done with them.
package struct ModelPooling: Sendable, Equatable {
  /// Which of a text's hidden states, after the last norm, make the vector.
  package enum Place: Sendable, Equatable {
    /// That of the last token.
    case last
    /// That of the first token.
    case first
    /// The mean of all tokens'.
    case mean
  }

  /// How embeddings are made.
  package struct Embedding: Sendable, Equatable {
    /// Which hidden states are pooled.
    package var place = Place.last
    /// Whether the vector is scaled to a length of 1.
    package var isNormed = true
    /// Dimensions that may be asked for.
    package var dimensions = Dimensions.any
  }

  /// Which dimensions of embeddings a request may ask for.
  package enum Dimensions: Sendable, Equatable {
    /// Any up to the hidden size.
    case any
    /// These, as `matryoshka_dimensions` says.
    case listed([Int])
    /// The hidden size alone, as `is_matryoshka` false says.
    case whole
  }

  /// A token as a file names it.
  package enum Token: Sendable, Equatable {
    /// The token that has this text.
    case text(String)
    /// The token that has this number.
    case id(Int)
  }

  /// What is done to a score's number at last.
  package enum Activation: Sendable, Equatable {
    /// `1 / (1 + exp(-x))`.
    case sigmoid
    /// Nothing is done to it.
    case identity
  }

  /// How scores of pairs are made.
  package enum Scoring: Sendable, Equatable {
    /// The cosine of the two texts' embeddings.
    case cosine
    /// The last token's logit of one token, less that of another where there is one.
    case tokens(positive: Token, negative: Token?, Activation)
    /// The last token's hidden state times a vector, `[hidden size]`.
    case classifier([Float], Activation)
    /// Not at all, for the reason given.
    case refused(String)
  }

  /// How embeddings are made, or why none are.
  package var embedding: Result<Embedding, Refusal> = .success(Embedding())
  /// How scores are made.
  package var scoring = Scoring.cosine
  /// Files beside config.json that say it, by their paths in the model's folder.
  package var fileNames: [String] = []

  /// Why a model's files ask for vectors that this version does not make.
  package struct Refusal: Error, Sendable, Equatable {
    /// The file and what it says.
    package let reason: String

    /// A refusal; the argument is the field of its name.
    package init(reason: String) { self.reason = reason }
  }
}

extension ModelPooling {
  /// The tensor of a reranker's classes in a GGUF file, `[classes × hidden size]`.
  static let ggufClassifierName = "cls.output.weight"

  /// The pooling of a GGUF file: its `pooling_type`, llama.cpp's numbers; vectors are normed, as its tools do. A reranker
  /// scores by the first of its classes, against the second where there are two.
  ///
  /// - Throws: ``ModelFileError`` for a value that is no such number, and where a reranker's classes are not there.
  init(gguf file: GGUFFile, hiddenSize: Int) throws(ModelFileError) {
    let architecture = try file.metadata.string("general.architecture")
    switch try file.metadata.integerIfPresent(architecture + ".pooling_type", in: 0...4) {
    case 1: embedding = .success(Embedding(place: .mean))
    case 2: embedding = .success(Embedding(place: .first))
    case 4: scoring = try Self.classifier(file, hiddenSize: hiddenSize)
    // 0 says that nothing is pooled, and 3 that the last token is taken.
    default: break
    }
  }

  private static func classifier(_ file: GGUFFile, hiddenSize: Int) throws(ModelFileError) -> Scoring {
    if let name = file.tensors.keys.sorted().first(where: { $0.hasPrefix("cls.") && $0 != ggufClassifierName }
    ) {
      return .refused(
        "the file has the tensor \(printable(name)), and this version reads \(ggufClassifierName) alone")
    }
    let found = try file.tensor(ggufClassifierName)
    guard found.shape.count <= 2, found.columnCount == hiddenSize else {
      throw ModelFileError(
        path: file.path, subject: "tensor " + ggufClassifierName, found: "shape \(found.shape)",
        expected: "[classes, \(hiddenSize)]")
    }
    let weights = try file.floats(of: found)
    defer { file.releasePages(of: found) }
    switch found.rowCount {
    case 1: return .classifier(weights, .identity)
    case 2: return .classifier(zip(weights, weights[hiddenSize...]).map { $0 - $1 }, .sigmoid)
    default: return .refused("the model has \(found.rowCount) classes, and a score needs one or two")
    }
  }

  /// The number of `pooling_type` that says the same in a GGUF file; nil where the files say nothing of embeddings.
  package var ggufType: UInt32? {
    guard !fileNames.isEmpty, case .success(let embedding) = embedding else { return nil }
    return switch embedding.place {
    case .mean: 1
    case .first: 2
    case .last: 3
    }
  }
}
