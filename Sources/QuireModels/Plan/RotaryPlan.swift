/// How queries and keys are turned by their position.
package struct RotaryPlan: Sendable, Equatable {
  /// The elements of a head that are turned, from its first on: even, at most the head's width.
  package var dimension: Int
  /// The base of the frequencies, at least 1.
  package var theta: Double
  /// How the frequencies are changed for longer texts.
  package var scaling: RopeScaling
  /// What queries and keys are multiplied by as they are turned, positive.
  package var magnitude: Double

  /// Settings of values at hand.
  package init(dimension: Int, theta: Double, scaling: RopeScaling, magnitude: Double = 1) {
    self.dimension = dimension
    self.theta = theta
    self.scaling = scaling
    self.magnitude = magnitude
  }
}

extension RotaryPlan {
  /// How the base grows with texts; nil where it does not.
  package var dynamicScaling: DynamicScaling? {
    if case .dynamic(let scaling) = scaling { scaling } else { nil }
  }

  /// The longest text in tokens that the model can take, of one whose configuration says `maxPositionCount`: YaRN and a
  /// growing base stretch that, whether it was raised as well or not, as in vLLM.
  func lengthened(_ maxPositionCount: Int) -> Int {
    let (length, factor) =
      switch scaling {
      case .yarn(let yarn): (yarn.originalMaxPositionCount, yarn.factor)
      case .dynamic(let dynamic): (dynamic.length, dynamic.growth)
      default: (maxPositionCount, 1.0)
      }
    let stretched = min(Double(length) * factor, Double(ModelLimits.positions.upperBound))
    return max(maxPositionCount, Int(stretched))
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
  /// Slow frequencies are divided by a factor, fast ones kept.
  case yarn(YarnScaling)
  /// The base grows with the text.
  case dynamic(DynamicScaling)
  /// Frequency `i` is divided by divisor `i`.
  case frequencyFactors(FrequencyDivisors)
  /// LongRoPE: frequency `i` is divided by divisor `i` of the one list where texts may be longer than
  /// `originalMaxPositionCount`, of the other where they may not.
  ///
  /// Source: Ding et al. 2024, arXiv 2402.13753.
  case longRope(short: FrequencyDivisors, long: FrequencyDivisors, originalMaxPositionCount: Int)

  /// The scaling's name in `config.json`: `default`, `linear`, `llama3`, `yarn`, `dynamic`, `longrope`; `frequency_factors`
  /// for a GGUF tensor of them.
  package var name: String {
    switch self {
    case .none: "default"
    case .linear: "linear"
    case .llama3: "llama3"
    case .yarn: "yarn"
    case .dynamic: "dynamic"
    case .frequencyFactors: "frequency_factors"
    case .longRope: "longrope"
    }
  }

  /// The divisors of models whose texts have at most `lengthLimit` tokens; nil where the scaling has none.
  ///
  /// LongRoPE's choice is made by this limit, never by a text's own length: an answer depends on nothing but its line.
  package func divisors(lengthLimit: Int) -> FrequencyDivisors? {
    switch self {
    case .none, .linear, .llama3, .yarn, .dynamic: nil
    case .frequencyFactors(let divisors): divisors
    case .longRope(let short, let long, let original): lengthLimit > original ? long : short
    }
  }
}

/// Divisors of rotary frequencies, half as many as elements are turned, all positive.
package enum FrequencyDivisors: Sendable, Equatable {
  /// Out of a configuration.
  case values([Float])
  /// The elements of a tensor.
  case tensor(String)
}
