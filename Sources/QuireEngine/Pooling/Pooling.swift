import Foundation
package import QuireModels

/// What becomes of a text's hidden states, settled for one request of one model.
package enum Pooling: Sendable, Equatable {
  /// One vector for the whole text.
  ///
  /// - isNormed: whether it is scaled to a length of 1.
  /// - dimensions: elements at the beginning that are kept, before that.
  case vector(ModelPooling.Place, isNormed: Bool, dimensions: Int)
  /// The last token's logit of one token, less that of another where there is one.
  case tokens(positive: Int32, negative: Int32?, ModelPooling.Activation)
  /// The last token's hidden state times a vector, `[hidden size]`.
  case classifier([Float], ModelPooling.Activation)

  /// Which hidden states are needed; nil where logits are.
  var place: ModelPooling.Place? {
    switch self {
    case .vector(let place, _, _): place
    case .tokens: nil
    case .classifier: .last
    }
  }

  /// Whether every token has to be computed with the request, so that blocks which others have computed are of no use.
  var readsEveryToken: Bool { place == .mean || place == .first }

  /// What tells two requests of a model apart, beside their tokens.
  package var digestNumbers: [Int] {
    switch self {
    case .vector(_, _, let dimensions): [-1, 1, 0, dimensions]
    case .tokens, .classifier: [-1, 2, 0, 1]
    }
  }

  /// Elements of the result.
  package var elementCount: Int {
    switch self {
    case .vector(_, _, let dimensions): dimensions
    case .tokens, .classifier: 1
    }
  }

  /// The result, of the pooled hidden state; sums run in order and in double precision, so that the bits do not depend on
  /// how the state was computed.
  func result(_ state: [Double]) -> [Float] {
    switch self {
    case .vector(_, let isNormed, let dimensions):
      let kept = state.prefix(dimensions)
      guard isNormed else { return kept.map { Float($0) } }
      var sum = 0.0
      for element in kept { sum += element * element }
      // As torch's normalize, which leaves a vector of zeros what it is.
      let length = max(sum.squareRoot(), 1e-12)
      return kept.map { Float($0 / length) }
    case .classifier(let weights, let activation):
      var sum = 0.0
      for (weight, element) in zip(weights, state) { sum += Double(weight) * element }
      return [Self.activated(sum, activation)]
    case .tokens: preconditionFailure("a score of tokens is made of logits")
    }
  }

  /// The score of two logits; the second is 0 where there is none.
  static func score(
    positive: Float, negative: Float, _ activation: ModelPooling.Activation
  ) -> [Float] {
    [activated(Double(positive) - Double(negative), activation)]
  }

  private static func activated(_ number: Double, _ activation: ModelPooling.Activation) -> Float {
    switch activation {
    case .sigmoid: Float(1 / (1 + exp(-number)))
    case .identity: Float(number)
    }
  }
}
