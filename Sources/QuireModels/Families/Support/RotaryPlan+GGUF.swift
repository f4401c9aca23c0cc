import QuireModelFiles

extension RotaryPlan {
  /// What the metadata says of rotation, and the tensor of its divisors where the file has one.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(gguf file: GGUFFile, _ keys: GGUFKeys, dimension: Int) throws(ModelFileError) {
    self.init(
      dimension: dimension,
      theta: try file.metadata.numberIfPresent(keys.ropeBase, in: ModelLimits.ropeTheta) ?? 10_000,
      scaling: try Self.scaling(file, keys),
      magnitude: try file.metadata.numberIfPresent(keys.ropeAttentionFactor, in: ModelLimits.ropeFactor) ?? 1)
    if case .yarn(let yarn) = scaling {
      guard theta > 1 else {
        throw file.metadata.wrong(keys.ropeBase, .float(theta, .float32), "a number greater than 1")
      }
      magnitude *= try file.metadata.yarnMagnitude(keys, yarn)
    }
  }

  private static func scaling(_ file: GGUFFile, _ keys: GGUFKeys) throws(ModelFileError) -> RopeScaling {
    let metadata = file.metadata
    let factorTensor = "rope_freqs.weight"
    let hasFactors = file.hasTensor(factorTensor)
    let type = try metadata.stringIfPresent(keys.ropeScalingType)
    let factor = try metadata.numberIfPresent(keys.ropeScalingFactor, in: 0...1e6)
    let legacyFactor = try metadata.numberIfPresent(keys.ropeScaleLinear, in: 0...1e6)
    switch type {
    case "none": break
    case nil where Self.hasLongFactors(file), "longrope": return try longRope(file, keys)
    case nil, "linear":
      // As in llama.cpp: absent means linear, and a factor of 0 means 1.
      if let factor = factor ?? legacyFactor, factor != 0, factor != 1 {
        if hasFactors {
          throw metadata.wrong(
            keys.ropeScalingFactor, .float(factor, .float32), "no factor beside the tensor \(factorTensor)")
        }
        return .linear(factor: factor)
      }
    case "yarn":
      if hasFactors {
        throw metadata.wrong(
          keys.ropeScalingType, .string("yarn"), "no scaling beside the tensor \(factorTensor)")
      }
      return .yarn(try metadata.yarn(keys, factor: factor ?? legacyFactor ?? 0))
    default:
      throw metadata.wrong(
        keys.ropeScalingType, metadata[keys.ropeScalingType]!, "none, linear, yarn or longrope")
    }
    return hasFactors ? .frequencyFactors(.tensor(factorTensor)) : .none
  }
}

// LongRoPE, whose divisors are two tensors.
extension RotaryPlan {
  private static let (longTensor, shortTensor) = ("rope_factors_long.weight", "rope_factors_short.weight")

  private static func hasLongFactors(_ file: GGUFFile) -> Bool {
    file.hasTensor(longTensor) || file.hasTensor(shortTensor)
  }

  private static func longRope(_ file: GGUFFile, _ keys: GGUFKeys) throws(ModelFileError) -> RopeScaling {
    let length = try file.metadata.integer(keys.contextLength, in: ModelLimits.positions)
    let original = try file.metadata.integerIfPresent(keys.ropeOriginalLength, in: ModelLimits.positions)
    return .longRope(
      short: .tensor(shortTensor), long: .tensor(longTensor), originalMaxPositionCount: original ?? length)
  }
}

extension GGUFMetadata {
  /// YaRN's parameters, absent keys having llama.cpp's defaults; a factor of 0 means 1.
  fileprivate func yarn(_ keys: GGUFKeys, factor: Double) throws(ModelFileError) -> YarnScaling {
    let extrapolation = try numberIfPresent(keys.yarnExtrapolation, in: -1...1e6) ?? -1
    guard extrapolation == 1 || extrapolation < 0 else {
      throw wrong(keys.yarnExtrapolation, .float(extrapolation, .float32), "1")
    }
    let length = try integer(keys.contextLength, in: ModelLimits.positions)
    return YarnScaling(
      factor: factor == 0 ? 1 : factor,
      originalMaxPositionCount: try integerIfPresent(keys.ropeOriginalLength, in: ModelLimits.positions)
        ?? length,
      fastTurnCount: try numberIfPresent(keys.yarnFastTurns, in: ModelLimits.ropeFactor) ?? 32,
      slowTurnCount: try numberIfPresent(keys.yarnSlowTurns, in: ModelLimits.ropeFactor) ?? 1,
      roundsRange: true)
  }

  /// What YaRN multiplies queries and keys by: as the converter has copied it from a config.json, else as llama.cpp
  /// computes it.
  fileprivate func yarnMagnitude(_ keys: GGUFKeys, _ yarn: YarnScaling) throws(ModelFileError) -> Double {
    let stated = try numberIfPresent(keys.yarnAttentionFactor, in: ModelLimits.ropeFactor)
    let scaleOfAll = try numberIfPresent(keys.yarnLogMultiplier, in: 0...1e3) ?? 0
    return stated ?? yarn.magnitude(scale: 1, scaleOfAllDimensions: scaleOfAll)
  }

  /// Checks that heads are turned as a whole.
  ///
  /// - Throws: ``ModelFileError`` that names `rope.dimension_count`.
  func requireWholeHeads(_ keys: GGUFKeys, _ sizes: DecoderSizes) throws(ModelFileError) {
    let rotated = try integerIfPresent(keys.ropeDimension, in: ModelLimits.headDimension)
    if let rotated, rotated != sizes.headDimension {
      throw wrong(
        keys.ropeDimension, self[keys.ropeDimension]!, "\(sizes.headDimension), the width of a key's head")
    }
  }
}
