package import QuireModelFiles

extension ModelPlan {
  /// What a GGUF file says of the model's shape, under the keys that llama.cpp reads.
  ///
  /// - Parameter architecture: of the GGUF file, before every key.
  package func ggufValues(architecture: String) -> [(key: String, value: GGUFHeader.Value)] {
    let keys = GGUFKeys(prefix: architecture)
    let rotary = rotaries[0]
    var values: [(String, GGUFHeader.Value)] = [
      (keys.contextLength, .uint32(UInt32(sizes.maxPositionCount))),
      (keys.embeddingLength, .uint32(UInt32(sizes.hiddenSize))),
      (keys.blockCount, .uint32(UInt32(sizes.layerCount))),
      (keys.feedForwardLength, .uint32(UInt32(sizes.intermediateSize))),
      (keys.headCount, .uint32(UInt32(sizes.attentionHeadCount))),
      (keys.keyValueHeadCount, .uint32(UInt32(sizes.keyValueHeadCount))),
      (keys.keyLength, .uint32(UInt32(sizes.headDimension))),
      (keys.valueLength, .uint32(UInt32(sizes.headDimension))),
      (keys.epsilon, .float32(sizes.epsilon)),
      (keys.vocabularySize, .uint32(UInt32(sizes.vocabularySize))),
      (keys.ropeDimension, .uint32(UInt32(rotary.dimension))),
      (keys.ropeBase, .float32(Float(rotary.theta))),
    ]
    switch rotary.scaling {
    case .linear(let factor):
      values.append((keys.ropeScalingType, .string("linear")))
      values.append((keys.ropeScalingFactor, .float32(Float(factor))))
    case .longRope(_, _, let original):
      values.append((keys.ropeScalingType, .string("longrope")))
      values.append((keys.ropeOriginalLength, .uint32(UInt32(original))))
    case .yarn(let yarn):
      values += [
        (keys.ropeScalingType, .string("yarn")), (keys.ropeScalingFactor, .float32(Float(yarn.factor))),
        (keys.ropeOriginalLength, .uint32(UInt32(yarn.originalMaxPositionCount))),
        (keys.yarnFastTurns, .float32(Float(yarn.fastTurnCount))),
        (keys.yarnSlowTurns, .float32(Float(yarn.slowTurnCount))),
      ]
    default: break
    }
    if case .yarn(let yarn) = rotary.scaling {
      // Readers compute it where it is the usual one.
      if rotary.magnitude != yarn.magnitude(scale: 0, scaleOfAllDimensions: 0) {
        values.append((keys.yarnAttentionFactor, .float32(Float(rotary.magnitude))))
      }
    } else if rotary.magnitude != 1 {
      values.append((keys.ropeAttentionFactor, .float32(Float(rotary.magnitude))))
    }
    if rotaries.count > 1 { values.append((keys.slidingRopeBase, .float32(Float(rotaries[1].theta)))) }
    if let window = layers.compactMap(\.attention.window).max() {
      values.append((keys.slidingWindow, .uint32(UInt32(window))))
      let isSliding = layers.map { $0.attention.window != nil }
      if isSliding.contains(false) { values.append((keys.slidingWindowPattern, .bools(isSliding))) }
    }
    if let cap = layers[0].attention.softCap { values.append((keys.scoreSoftCap, .float32(cap))) }
    if let logitSoftCap { values.append((keys.logitSoftCap, .float32(logitSoftCap))) }
    return values + (ModelFamilies.family(gguf: architecture)?.ggufValues(of: self, keys) ?? [])
  }

  /// The tensors of rotary divisors that a GGUF file needs beside the weights; empty for a rotation without any.
  ///
  /// - Parameter store: those that the model's own file has.
  /// - Throws: ``ModelFileError`` where that has shrunk.
  package func ggufDivisors(
    _ store: any TensorStore
  ) throws(ModelFileError) -> [(name: String, values: [Float])] {
    let rotary = rotaries[0]
    switch rotary.scaling {
    case .llama3:
      var plain = rotary
      plain.scaling = .none
      let divisors = zip(
        RotaryFrequencies.inverse(plain, divisors: []), RotaryFrequencies.inverse(rotary, divisors: [])
      ).map { $0 / $1 }
      return [("rope_freqs.weight", divisors)]
    case .longRope(.values(let short), .values(let long), _):
      return [("rope_factors_long.weight", long), ("rope_factors_short.weight", short)]
    default:
      return try rotary.tensors.map { (tensor) throws(ModelFileError) in
        (tensor.name, try store.floats(of: try store.tensor(tensor.name)))
      }
    }
  }
}
