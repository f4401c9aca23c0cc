#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A base of rotation that grows with a text beyond the length that the model was made for.
///
/// A token is turned by the base of a length that follows from the text alone: of the prompt, or, where the base grows with
/// the answer, of the prompt or the text up to the token, whichever is longer. So it is when Hugging Face transformers
/// runs a prompt in one pass and then token by token with a cache; and it is the same however a prompt is cut into chunks.
package struct DynamicScaling: Sendable, Equatable {
  /// How the base follows from the length.
  package enum Rule: Sendable, Equatable {
    /// By `(factor · length / limit - (factor - 1))` to the power of `d / (d - 2)`, token by token: `rope_type` `dynamic`.
    case growing(factor: Double)
    /// By `2^⌈log2(length / limit) + 1⌉ - 1` to that power, by the prompt's length alone: first-generation Qwen's
    /// `use_dynamic_ntk`.
    case steppedByPrompt
  }

  /// How the base follows from the length.
  package var rule: Rule
  /// Tokens of a text at most that change nothing.
  package var length: Int

  /// A rule, and the length of at least 1 from which on it counts.
  package init(rule: Rule, length: Int) {
    self.rule = rule
    self.length = length
  }

  /// How many times longer than `length` a text may well be.
  var growth: Double {
    switch rule {
    case .growing(let factor): factor
    case .steppedByPrompt: 1
    }
  }

  /// The number that the base follows from, the same for all tokens that are turned alike; 0 for the plain base.
  ///
  /// - Parameters:
  ///   - promptTokenCount: tokens of the whole prompt.
  ///   - position: of the token, from 0.
  package func step(promptTokenCount: Int, position: Int) -> Int {
    switch rule {
    case .growing:
      let textLength = max(promptTokenCount, position + 1)
      return textLength > length ? textLength : 0
    case .steppedByPrompt:
      guard promptTokenCount > length else { return 0 }
      // Doublings of the length until it holds the prompt.
      var doublings = 0
      while length << doublings < promptTokenCount { doublings += 1 }
      return doublings
    }
  }

  /// What the base of rotation is multiplied by.
  ///
  /// - Parameters:
  ///   - step: of `step(promptTokenCount:position:)`.
  ///   - dimension: elements of a head that are turned; more than 2.
  func baseFactor(step: Int, dimension: Int) -> Double {
    guard step > 0 else { return 1 }
    let stretch =
      switch rule {
      case .growing(let factor): factor * Double(step) / Double(length) - (factor - 1)
      case .steppedByPrompt: Double(1 << (step + 1)) - 1
      }
    return pow(stretch, Double(dimension) / Double(dimension - 2))
  }
}
