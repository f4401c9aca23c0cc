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
    case tokens(positive: String, negative: String?)
    /// The last token's hidden state times a vector, `[hidden size]`.
    case classifier([Float], Activation)
    /// Not at all, for the reason given.
    case refused(String)
  }

  /// How embeddings are made, or why none are.
  package var embedding: Result<Embedding, Refusal> = .success(Embedding())
  /// How scores are made.
  package var scoring = Scoring.cosine

  /// Why a model's files ask for vectors that this version does not make.
  package struct Refusal: Error, Sendable, Equatable {
    /// The file and what it says.
    package let reason: String

    /// A refusal; the argument is the field of its name.
    package init(reason: String) { self.reason = reason }
  }
}

extension ModelPooling {
  /// The pooling of a GGUF file: its `pooling_type`, llama.cpp's numbers; vectors are normed, as its tools do.
  ///
  /// - Throws: ``ModelFileError`` for a value that is no such number.
  init(gguf file: GGUFFile) throws(ModelFileError) {
    let architecture = try file.metadata.string("general.architecture")
    let type = try file.metadata.integerIfPresent(architecture + ".pooling_type", in: 0...4)
    switch type {
    case 1: embedding = .success(Embedding(place: .mean))
    case 2: embedding = .success(Embedding(place: .first))
    case 4:
      scoring = .refused("the file's pooling_type is 4, a reranker's head, which this version does not read")
    // 0 says that nothing is pooled, and 3 that the last token is taken.
    default: break
    }
  }
}
