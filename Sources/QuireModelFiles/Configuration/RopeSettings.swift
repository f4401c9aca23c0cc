import QuireJSON

/// The rotary embedding's part of a `config.json`: `rope_theta` and `rope_scaling` as transformers 4 writes them, or
/// `rope_parameters` as transformers 5 does.
struct RopeSettings {
  var theta: Double
  var scaling: RopeScaling

  init(huggingFace json: JSONDocument, maxPositionEmbeddings: Int) throws(ModelFileError) {
    let current = try json.objectIfPresent("rope_parameters")
    let legacy = try json.objectIfPresent("rope_scaling")
    let parameters = current ?? legacy
    let outerTheta = try json.numberIfPresent("rope_theta", in: ModelLimits.ropeTheta)
    theta = try parameters?.numberIfPresent("rope_theta", in: ModelLimits.ropeTheta) ?? outerTheta ?? 10_000
    scaling = .none
    try Self.refusePartialRotation(json)
    guard let parameters else { return }
    try Self.refusePartialRotation(parameters)
    scaling = try Self.scaling(parameters, json, maxPositionEmbeddings: maxPositionEmbeddings)
  }

  private static func scaling(
    _ parameters: JSONDocument, _ json: JSONDocument, maxPositionEmbeddings: Int
  ) throws(ModelFileError) -> RopeScaling {
    for member in parameters.members {
      if case .object = member.value {
        throw parameters.wrong(member.name, member.value, "one set of parameters for all layers")
      }
    }
    let named = try parameters.stringIfPresent("rope_type")
    let legacyNamed = try parameters.stringIfPresent("type")
    let type = named ?? legacyNamed ?? "default"
    switch type {
    case "default": return .none
    case "linear": return .linear(factor: try parameters.number("factor", in: ModelLimits.ropeFactor))
    case "llama3":
      let low = try parameters.number("low_freq_factor", in: ModelLimits.ropeFactor)
      let high = try parameters.number("high_freq_factor", in: ModelLimits.ropeFactor)
      guard low < high else {
        throw parameters.wrong(
          "high_freq_factor", .number(high), "a number greater than low_freq_factor, \(low)")
      }
      let key = "original_max_position_embeddings"
      let outer = try json.integerIfPresent(key, in: ModelLimits.positions)
      let inner = try parameters.integerIfPresent(key, in: ModelLimits.positions)
      return .llama3(
        factor: try parameters.number("factor", in: ModelLimits.ropeFactor), lowFrequencyFactor: low,
        highFrequencyFactor: high,
        originalMaxPositionEmbeddings: outer ?? inner ?? maxPositionEmbeddings)
    default: throw parameters.wrong("rope_type", .text(type), "default, linear or llama3")
    }
  }

  private static func refusePartialRotation(_ json: JSONDocument) throws(ModelFileError) {
    let factor = try json.numberIfPresent("partial_rotary_factor", in: 0...1)
    if let factor, factor != 1 {
      throw json.wrong("partial_rotary_factor", .number(factor), "1: heads that are rotated as a whole")
    }
  }
}
