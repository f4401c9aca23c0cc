#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Inverse frequencies of rotary position embedding, in fp32 steps as Hugging Face transformers computes them.
enum RotaryFrequencies {
  /// Radians a position of each pair of elements, `[dimension / 2]`.
  ///
  /// - Parameter divisors: as many, where the plan's scaling has some.
  static func inverse(_ rotary: RotaryPlan, divisors: [Float]) -> [Float] {
    let dimension = rotary.dimension
    let theta = Float(rotary.theta)
    let powers = (0..<dimension / 2).map { powf(theta, Float(2 * $0) / Float(dimension)) }
    let plain = powers.map { 1 / $0 }
    switch rotary.scaling {
    case .none: return plain
    case .linear(let factor): return plain.map { $0 / Float(factor) }
    case .frequencyFactors: return zip(plain, divisors).map { $0 / $1 }
    case .longRope: return zip(powers, divisors).map { 1 / ($1 * $0) }
    case .llama3(let factor, let low, let high, let original):
      return plain.map {
        llama3($0, factor: Float(factor), low: Float(low), high: Float(high), original: Float(original))
      }
    }
  }

  /// What LongRoPE multiplies queries and keys by where texts grow from `original` tokens by `factor`.
  static func longRopeMagnitude(factor: Double, original: Int) -> Double {
    factor > 1 ? (1 + log(factor) / log(Double(original))).squareRoot() : 1
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
