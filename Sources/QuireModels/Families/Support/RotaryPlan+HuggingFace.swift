import QuireJSON
import QuireModelFiles

/// The rotary embedding's part of a `config.json`: `rope_theta` and `rope_scaling` as transformers 4 writes them, or
/// `rope_parameters` as transformers 5 does.
extension RotaryPlan {
  /// One set of parameters for all layers, whole heads being turned.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(huggingFace json: JSONDocument, _ sizes: DecoderSizes) throws(ModelFileError) {
    let parameters = try json.ropeParameters
    try json.refusePartialRotation()
    try parameters?.refusePartialRotation()
    self.init(
      dimension: sizes.headDimension, theta: try json.ropeTheta(parameters) ?? 10_000,
      scaling: try parameters?.ropeScaling(json, maxPositionCount: sizes.maxPositionCount) ?? .none)
  }
}

extension JSONDocument {
  /// The object of the rotary embedding's parameters under the one name or the other.
  var ropeParameters: JSONDocument? {
    get throws(ModelFileError) {
      let current = try objectIfPresent("rope_parameters")
      let legacy = try objectIfPresent("rope_scaling")
      return current ?? legacy
    }
  }

  /// The base of rotation that a set of parameters states, or the whole configuration.
  func ropeTheta(_ parameters: JSONDocument?) throws(ModelFileError) -> Double? {
    let outer = try numberIfPresent("rope_theta", in: ModelLimits.ropeTheta)
    let inner = try parameters?.numberIfPresent("rope_theta", in: ModelLimits.ropeTheta)
    return inner ?? outer
  }

  /// The name of a set's scaling, `default` where it has none.
  var ropeType: String {
    get throws(ModelFileError) {
      let named = try stringIfPresent("rope_type")
      let legacyNamed = try stringIfPresent("type")
      return named ?? legacyNamed ?? "default"
    }
  }

  /// The scaling that one set of parameters states; `json` is the whole configuration.
  func ropeScaling(
    _ json: JSONDocument, maxPositionCount: Int
  ) throws(ModelFileError) -> RopeScaling {
    for member in members {
      if case .object = member.value {
        throw wrong(member.name, member.value, "one set of parameters for all layers")
      }
    }
    let type = try ropeType
    switch type {
    case "default": return .none
    case "linear": return .linear(factor: try number("factor", in: ModelLimits.ropeFactor))
    case "llama3":
      let low = try number("low_freq_factor", in: ModelLimits.ropeFactor)
      let high = try number("high_freq_factor", in: ModelLimits.ropeFactor)
      guard low < high else {
        throw wrong("high_freq_factor", .number(high), "a number greater than low_freq_factor, \(low)")
      }
      let key = "original_max_position_embeddings"
      let outer = try json.integerIfPresent(key, in: ModelLimits.positions)
      let inner = try integerIfPresent(key, in: ModelLimits.positions)
      return .llama3(
        factor: try number("factor", in: ModelLimits.ropeFactor), lowFrequencyFactor: low,
        highFrequencyFactor: high, originalMaxPositionEmbeddings: outer ?? inner ?? maxPositionCount)
    default: throw wrong("rope_type", .text(type), "default, linear or llama3")
    }
  }

  /// Checks that heads are turned as a whole.
  func refusePartialRotation() throws(ModelFileError) {
    let factor = try numberIfPresent("partial_rotary_factor", in: 0...1)
    if let factor, factor != 1 {
      throw wrong("partial_rotary_factor", .number(factor), "1: heads that are rotated as a whole")
    }
  }
}
