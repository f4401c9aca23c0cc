package import QuireModelFiles

/// A tensor that a file must hold.
package struct TensorRequirement: Sendable, Hashable {
  /// The name in the file.
  package let name: String
  /// The shape, outermost dimension first: matrices are `[outputs, inputs]`.
  package let shape: [Int]

  /// A tensor of this name and shape.
  package init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

/// Tensors that a file may hold and nobody reads, because they say nothing that the configuration does not.
package struct PassedOverTensors: Sendable {
  /// Names of tensors that are passed over.
  var names: Set<String> = []
  /// Ends of the names of tensors that are passed over.
  var suffixes: [String] = []

  /// Whether a tensor of this name is one of them.
  func contains(_ name: String) -> Bool { names.contains(name) || suffixes.contains { name.hasSuffix($0) } }
}

extension ModelPlan {
  /// Every tensor that the model needs, in the order of its computation. Linear in the number of layers.
  package var expectedTensors: [TensorRequirement] {
    var tensors = embedding.tensors + rotaries.flatMap(\.tensors)
    for layer in layers { tensors += layer.attention.tensors + layer.feedForward.tensors }
    return tensors + outputNorm.tensors + (outputHead?.tensors ?? [])
  }

  /// Checks that a store holds the weights of this model and no others.
  ///
  /// - Throws: ``ModelFileError`` that names the first missing, misshapen or superfluous tensor, or one in a format that Quire
  ///   cannot compute with.
  package func check(_ store: any TensorStore) throws(ModelFileError) {
    var names: Set<String> = []
    for tensor in expectedTensors {
      names.insert(tensor.name)
      let found = try store.tensor(tensor.name)
      guard found.shape == tensor.shape else {
        throw ModelFileError(
          path: store.filePaths[found.fileIndex], subject: "tensor " + printable(tensor.name),
          found: "shape \(found.shape)", expected: "\(tensor.shape), as the configuration says")
      }
    }
    let extra = (Array(store.tensors.keys) + store.unsupportedTensors.keys).sorted().first {
      !names.contains($0) && !passedOver.contains($0)
    }
    if let extra {
      throw ModelFileError(
        path: store.filePaths.first ?? "", subject: "tensor " + printable(extra),
        found: "not a part of \(sizes.architecture)",
        expected: "only the tensors that the configuration implies"
      )
    }
  }
}

extension AttentionPlan {
  var tensors: [TensorRequirement] {
    norm.tensors + queryKeyValue.tensors + (queryNorm?.tensors ?? []) + (keyNorm?.tensors ?? [])
      + output.tensors + (outputNorm?.tensors ?? [])
  }
}

extension FeedForwardPlan {
  var tensors: [TensorRequirement] {
    norm.tensors + gateUp.tensors + down.tensors + (outputNorm?.tensors ?? [])
  }
}

extension RotaryPlan {
  /// The tensors of divisors that a file must hold, whichever of them count.
  var tensors: [TensorRequirement] {
    let divisors: [FrequencyDivisors] =
      switch scaling {
      case .none, .linear, .llama3: []
      case .frequencyFactors(let divisors): [divisors]
      case .longRope(let short, let long, _): [long, short]
      }
    return divisors.compactMap { divisors in
      guard case .tensor(let name) = divisors else { return nil }
      return TensorRequirement(name: name, shape: [dimension / 2])
    }
  }
}
