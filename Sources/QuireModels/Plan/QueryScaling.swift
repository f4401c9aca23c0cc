#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A factor on queries that grows with their position, so that attention stays as sharp over longer texts.
package enum QueryScaling: Sendable, Equatable {
  /// From position `length` on, which is at least 2, the logarithm of the number of tokens to the base of that many:
  /// first-generation Qwen's `use_logn_attn`.
  case logarithm(length: Int)
  /// `1 + factor · log(1 + ⌊position / length⌋)`, with a length of at least 1: Llama 4's temperature, which Ministral 3
  /// has.
  case steps(factor: Double, length: Int)

  /// The factor on the query of a position from 0; nil for 1.
  func factor(position: Int) -> Float? {
    switch self {
    case .logarithm(let length):
      position < length ? nil : Float(log(Double(position + 1)) / log(Double(length)))
    case .steps(let factor, let length):
      position < length ? nil : Float(1 + factor * log(Double(1 + position / length)))
    }
  }
}
