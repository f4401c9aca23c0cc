/// How queries and keys are turned by their position.
package struct RotaryPlan: Sendable, Equatable {
  /// The elements of a head that are turned, from its first on: even, at most the head's width.
  package var dimension: Int
  /// The base of the frequencies, at least 1.
  package var theta: Double
  /// How the frequencies are changed for longer texts.
  package var scaling: RopeScaling

  /// Settings of values at hand.
  package init(dimension: Int, theta: Double, scaling: RopeScaling) {
    self.dimension = dimension
    self.theta = theta
    self.scaling = scaling
  }
}

/// How the angles of the rotary embedding are changed for longer texts.
package enum RopeScaling: Sendable, Equatable {
  /// Not at all.
  case none
  /// Every frequency is divided by `factor`, which is positive.
  case linear(factor: Double)
  /// Llama 3: low frequencies are divided by `factor`, high ones kept, those between blended. `lowFrequencyFactor` is less than
  /// `highFrequencyFactor`, all are positive.
  case llama3(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
    originalMaxPositionEmbeddings: Int)
  /// Frequency `i` is divided by element `i` of a tensor, which holds half as many elements as are turned.
  case frequencyFactors(tensor: String)

  /// The scaling's name in `config.json`: `default`, `linear`, `llama3`; `frequency_factors` for a GGUF tensor of them.
  package var name: String {
    switch self {
    case .none: "default"
    case .linear: "linear"
    case .llama3: "llama3"
    case .frequencyFactors: "frequency_factors"
    }
  }
}
