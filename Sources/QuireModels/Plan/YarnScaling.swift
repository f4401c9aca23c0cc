#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// YaRN: pairs of elements that turn slowly are stretched by a factor, those that turn fast are kept, those between blended.
///
/// Source: Peng et al. 2023, arXiv 2309.00071; the details as in Hugging Face transformers' `modeling_rope_utils.py`.
package struct YarnScaling: Sendable, Equatable {
  /// How many times longer texts may be than the model was made for, positive.
  package var factor: Double
  /// The length in tokens that the model was made for.
  package var originalMaxPositionCount: Int
  /// Pairs that turn more often than this over the original length are kept; positive.
  package var fastTurnCount: Double
  /// Pairs that turn less often than this over the original length are stretched; positive.
  package var slowTurnCount: Double
  /// Whether the pairs that are blended begin and end at whole numbers.
  package var roundsRange: Bool

  /// What queries and keys are multiplied by where a model does not state it.
  ///
  /// - Parameters:
  ///   - scale: the factor on the logarithm, 0 for 1.
  ///   - scaleOfAllDimensions: that of what the result is divided by; counts only where neither is 0.
  func magnitude(scale: Double, scaleOfAllDimensions: Double) -> Double {
    func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
    return scale != 0 && scaleOfAllDimensions != 0
      ? magnitude(scale) / magnitude(scaleOfAllDimensions) : magnitude(1)
  }

  /// The first pair that is not kept as it is, and the last that is not stretched whole, as ends of a ramp.
  ///
  /// - Parameters:
  ///   - dimension: elements of a head that are turned.
  ///   - theta: the base of rotation, greater than 1.
  func ramp(dimension: Int, theta: Double) -> (low: Double, high: Double) {
    func pair(turnCount: Double) -> Double {
      Double(dimension) * log(Double(originalMaxPositionCount) / (turnCount * 2 * .pi)) / (2 * log(theta))
    }
    let (low, high) = (pair(turnCount: fastTurnCount), pair(turnCount: slowTurnCount))
    return (
      max(roundsRange ? low.rounded(.down) : low, 0),
      min(roundsRange ? high.rounded(.up) : high, Double(dimension - 1))
    )
  }
}
