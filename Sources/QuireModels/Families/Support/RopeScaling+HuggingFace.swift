import QuireJSON
import QuireModelFiles

/// The scalings of a set of rotary parameters that have parameters of their own.
extension JSONDocument {
  /// Llama 3's; `json` is the whole configuration.
  func llama3(_ json: JSONDocument, maxPositionCount: Int) throws(ModelFileError) -> RopeScaling {
    let low = try number("low_freq_factor", in: ModelLimits.ropeFactor)
    let high = try number("high_freq_factor", in: ModelLimits.ropeFactor)
    guard low < high else {
      throw wrong("high_freq_factor", .number(high), "a number greater than low_freq_factor, \(low)")
    }
    return .llama3(
      factor: try number("factor", in: ModelLimits.ropeFactor), lowFrequencyFactor: low,
      highFrequencyFactor: high,
      originalMaxPositionEmbeddings: try originalLength(json) ?? maxPositionCount)
  }

  /// YaRN, and what it multiplies queries and keys by.
  ///
  /// - Parameters:
  ///   - theta: the base of rotation.
  ///   - original: tokens of a text at most before texts were to be longer.
  func yarn(
    theta: Double, maxPositionCount: Int, original: Int
  ) throws(ModelFileError) -> (RopeScaling, magnitude: Double) {
    guard theta > 1 else { throw wrong("rope_theta", .number(theta), "a number greater than 1") }
    // Keys of the first implementation, which Hugging Face's does not look at.
    for key in ["attn_factor", "extrapolation_factor"] {
      if let factor = try numberIfPresent(key, in: 0...1e6), factor != 1 {
        throw wrong(key, .number(factor), "1, or attention_factor in its place")
      }
    }
    let factor =
      try numberIfPresent("factor", in: ModelLimits.ropeFactor)
      ?? Double(maxPositionCount) / Double(original)
    // As in transformers, 0 counts as absent.
    let fast = try numberIfPresent("beta_fast", in: 0...1e6) ?? 0
    let slow = try numberIfPresent("beta_slow", in: 0...1e6) ?? 0
    let scaling = YarnScaling(
      factor: factor, originalMaxPositionCount: original, fastTurnCount: fast == 0 ? 32 : fast,
      slowTurnCount: slow == 0 ? 1 : slow, roundsRange: try boolIfPresent("truncate") ?? true)
    let scale = try numberIfPresent("mscale", in: 0...1e3) ?? 0
    let scaleOfAll = try numberIfPresent("mscale_all_dim", in: 0...1e3) ?? 0
    let stated = try numberIfPresent("attention_factor", in: ModelLimits.ropeFactor)
    return (.yarn(scaling), stated ?? scaling.magnitude(scale: scale, scaleOfAllDimensions: scaleOfAll))
  }

  /// LongRoPE, and what it multiplies queries and keys by: stated, or as the paper has it for texts that grow by a
  /// factor.
  ///
  /// - Parameters:
  ///   - dimension: elements of a head that are turned.
  ///   - original: tokens of a text at most before texts were to be longer.
  func longRope(
    dimension: Int, maxPositionCount: Int, original: Int
  ) throws(ModelFileError) -> (RopeScaling, magnitude: Double) {
    func divisors(_ key: String) throws(ModelFileError) -> FrequencyDivisors {
      .values(try numbers(key, count: dimension / 2, in: ModelLimits.ropeFactor).map { Float($0) })
    }
    let stated = try numberIfPresent("attention_factor", in: ModelLimits.ropeFactor)
    let factor =
      try numberIfPresent("factor", in: ModelLimits.ropeFactor)
      ?? Double(maxPositionCount) / Double(original)
    guard stated != nil || factor <= 1 || original > 1 else {
      throw wrong("original_max_position_embeddings", .integer(original), "at least 2")
    }
    return (
      .longRope(
        short: try divisors("short_factor"), long: try divisors("long_factor"),
        originalMaxPositionCount: original),
      stated ?? RotaryFrequencies.longRopeMagnitude(factor: factor, original: original)
    )
  }
}
