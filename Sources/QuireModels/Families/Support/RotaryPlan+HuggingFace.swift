import QuireJSON
import QuireModelFiles

/// The rotary embedding's part of a `config.json`: `rope_theta` and `rope_scaling` as transformers 4 writes them, or
/// `rope_parameters` as transformers 5 does.
extension RotaryPlan {
  /// One set of parameters for all layers, whole heads being turned.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(
    huggingFace json: JSONDocument, _ sizes: DecoderSizes, defaultTheta: Double = 10_000
  )
    throws(ModelFileError)
  {
    let parameters = try json.ropeParameters
    try json.refusePartialRotation()
    try parameters?.refusePartialRotation()
    try self.init(parameters, of: json, sizes, theta: try json.ropeTheta(parameters) ?? defaultTheta)
  }

  /// The rotation that one set of parameters states, whole heads being turned.
  ///
  /// - Parameters:
  ///   - parameters: nil for no scaling.
  ///   - json: the whole configuration.
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(
    _ parameters: JSONDocument?, of json: JSONDocument, _ sizes: DecoderSizes, theta: Double
  ) throws(ModelFileError) {
    self.init(dimension: sizes.headDimension, theta: theta, scaling: .none)
    guard let parameters else { return }
    for member in parameters.members {
      if case .object = member.value {
        throw parameters.wrong(member.name, member.value, "one set of parameters for all layers")
      }
    }
    let type = try parameters.ropeType
    switch type {
    case "default": break
    case "linear": scaling = .linear(factor: try parameters.ropeFactor)
    case "dynamic":
      guard dimension > 2 else {
        throw json.wrong("head_dim", .integer(dimension), "at least 4, where rope_type is dynamic")
      }
      scaling = .dynamic(
        DynamicScaling(rule: .growing(factor: try parameters.ropeFactor), length: sizes.maxPositionCount))
    case "llama3": scaling = try parameters.llama3(json, maxPositionCount: sizes.maxPositionCount)
    case "yarn":
      (scaling, magnitude) = try parameters.yarn(
        theta: theta, maxPositionCount: sizes.maxPositionCount,
        original: try parameters.originalLength(json) ?? sizes.maxPositionCount)
    case "longrope":
      (scaling, magnitude) = try parameters.longRope(
        dimension: dimension, maxPositionCount: sizes.maxPositionCount,
        original: try parameters.originalLength(json) ?? sizes.maxPositionCount)
    default:
      throw parameters.wrong(
        "rope_type", .text(type), "default, linear, dynamic, llama3, yarn or longrope")
    }
  }
}

extension RotaryPlan {
  /// The rotation of layers that see all, and of those with a window: by layer type as transformers 5 writes them, or the
  /// keys of transformers 4, whose scaling is that of the first alone.
  ///
  /// - Parameters:
  ///   - theta: the base of the first where nothing states it.
  ///   - slidingTheta: that of the others where their own parameters do not.
  static func byLayerType(
    _ json: JSONDocument, _ sizes: DecoderSizes, theta: Double, slidingTheta: Double
  ) throws(ModelFileError) -> [RotaryPlan] {
    let byType = try json.objectIfPresent("rope_parameters")
    let legacy = try json.objectIfPresent("rope_scaling")
    let full = try byType?.objectIfPresent("full_attention") ?? legacy
    let sliding = try byType?.objectIfPresent("sliding_attention")
    for document in [json, full, sliding] { try document?.refusePartialRotation() }
    let stated = try sliding?.numberIfPresent("rope_theta", in: ModelLimits.ropeTheta)
    return [
      try RotaryPlan(full, of: json, sizes, theta: try json.ropeTheta(full) ?? theta),
      try RotaryPlan(sliding, of: json, sizes, theta: stated ?? slidingTheta),
    ]
  }
}

extension JSONDocument {
  /// The object of the rotary embedding's parameters under the one name or the other.
  ///
  /// - Throws: ``ModelFileError`` where both are there and disagree: transformers 5 would take `rope_scaling`, and with it
  ///   lose the base that `rope_parameters` states.
  var ropeParameters: JSONDocument? {
    get throws(ModelFileError) {
      let current = try objectIfPresent("rope_parameters")
      guard let legacy = try objectIfPresent("rope_scaling"), !legacy.members.isEmpty else { return current }
      guard let current, !current.members.isEmpty else { return legacy }
      for member in legacy.members {
        guard let value = legacy[member.name] else { continue }
        let isType = member.name == "type" || member.name == "rope_type"
        let other = isType ? JSONValue.text(try current.ropeType) : current[member.name]
        guard value == other else {
          throw wrong(
            "rope_scaling", .object(legacy.members), "nothing that rope_parameters does not say as well",
            remedy: "put type, factor and the like into rope_parameters, and remove rope_scaling")
        }
      }
      return current
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

  /// Checks that heads are turned as a whole.
  func refusePartialRotation() throws(ModelFileError) {
    let factor = try numberIfPresent("partial_rotary_factor", in: 0...1)
    if let factor, factor != 1 {
      throw wrong("partial_rotary_factor", .number(factor), "1: heads that are rotated as a whole")
    }
  }

  /// The length in tokens that the model was made for before it was stretched: the whole configuration's key first, as in
  /// transformers 5; nil where neither says.
  func originalLength(_ json: JSONDocument) throws(ModelFileError) -> Int? {
    let key = "original_max_position_embeddings"
    let outer = try json.integerIfPresent(key, in: ModelLimits.positions)
    let inner = try integerIfPresent(key, in: ModelLimits.positions)
    return outer ?? inner
  }

  fileprivate var ropeFactor: Double {
    get throws(ModelFileError) { try number("factor", in: ModelLimits.ropeFactor) }
  }
}
