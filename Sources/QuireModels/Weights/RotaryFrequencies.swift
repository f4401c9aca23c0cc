#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Inverse frequencies of rotary position embedding, in fp32 steps as Hugging Face transformers computes them.
package enum RotaryFrequencies {
  /// Radians a position of each pair of elements, `[dimension / 2]`.
  ///
  /// - Parameter divisors: as many, where the plan's scaling has some.
  package static func inverse(_ rotary: RotaryPlan, divisors: [Float]) -> [Float] {
    let powers = powers(dimension: rotary.dimension, theta: rotary.theta)
    let plain = powers.map { 1 / $0 }
    switch rotary.scaling {
    case .none, .dynamic: return plain
    case .yarn(let yarn):
      let (low, high) = yarn.ramp(dimension: rotary.dimension, theta: rotary.theta)
      return powers.indices.map { pair in
        // The ramp's ends may coincide.
        let width = Float((low == high ? high + 0.001 : high) - low)
        let kept = 1 - min(max((Float(pair) - Float(low)) / width, 0), 1)
        return 1 / (Float(yarn.factor) * powers[pair]) * (1 - kept) + plain[pair] * kept
      }
    case .linear(let factor): return plain.map { $0 / Float(factor) }
    case .frequencyFactors: return zip(plain, divisors).map { $0 / $1 }
    case .longRope: return zip(powers, divisors).map { 1 / ($1 * $0) }
    case .llama3(let factor, let low, let high, let original):
      return plain.map {
        llama3($0, factor: Float(factor), low: Float(low), high: Float(high), original: Float(original))
      }
    }
  }

  /// The inverses of plain frequencies: `theta` to the powers of `2 i / dimension`, `[dimension / 2]`.
  private static func powers(dimension: Int, theta: Double) -> [Float] {
    (0..<dimension / 2).map { powf(Float(theta), Float(2 * $0) / Float(dimension)) }
  }

  /// What LongRoPE multiplies queries and keys by where texts grow from `original` tokens by `factor`.
  static func longRopeMagnitude(factor: Double, original: Int) -> Double {
    factor > 1 ? (1 + log(factor) / log(Double(original))).squareRoot() : 1
  }

  /// Radians a position of each pair of elements where the base has grown, `[dimension / 2]`.
  ///
  /// - Parameter step: not 0; see `DynamicScaling`.
  static func inverse(_ rotary: RotaryPlan, _ scaling: DynamicScaling, step: Int) -> [Float] {
    let factor = scaling.baseFactor(step: step, dimension: rotary.dimension)
    return powers(dimension: rotary.dimension, theta: rotary.theta * factor).map { 1 / $0 }
  }

  /// Llama 3's scaling: long wavelengths are divided by `factor`, short ones kept, those between blended.
  private static func llama3(
    _ frequency: Float, factor: Float, low: Float, high: Float, original: Float
  ) -> Float {
    let wavelength = 2 * Float.pi / frequency
    if wavelength < original / high { return frequency }
    if wavelength > original / low { return frequency / factor }
    let smooth = (original / wavelength - low) / (high - low)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }
}
