import QuireModels

extension ModelPlan {
  /// The plan as far as a GGUF file of an architecture can say it, for texts that are short enough for the rest to have no
  /// effect: a sliding window on some layers, a base of rotation that grows with texts, scores scaled by the logarithm of
  /// positions.
  ///
  /// - Parameter architecture: of the GGUF file.
  /// - Returns: the plan, and the most tokens of a text where that is less than before, else nil.
  func ggufForm(architecture: String) -> (plan: ModelPlan, lengthLimit: Int?) {
    var plan = self
    var limit = sizes.maxPositionCount
    let saysWindows =
      ModelFamilies.family(gguf: architecture)?.saysWindows(layers.map(\.attention.window)) ?? false
    for index in layers.indices {
      if let window = layers[index].attention.window, !saysWindows {
        limit = min(limit, window)
        plan.layers[index].attention.window = nil
      }
      if case .logarithm(let length) = layers[index].attention.queryScaling {
        limit = min(limit, length)
        plan.layers[index].attention.queryScaling = nil
      }
    }
    for index in rotaries.indices {
      guard let scaling = rotaries[index].dynamicScaling else { continue }
      limit = min(limit, scaling.length)
      plan.rotaries[index].scaling = .none
    }
    plan.sizes.maxPositionCount = limit
    return (plan, limit < sizes.maxPositionCount ? limit : nil)
  }
}
