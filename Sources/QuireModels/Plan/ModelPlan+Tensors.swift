package import QuireModelFiles

/// A tensor that a file must hold.
package struct TensorRequirement: Sendable, Hashable {
  /// The name in the file.
  package let name: String
  /// The shape, outermost dimension first: matrices are `[outputs, inputs]`.
  package let shape: [Int]
  /// The name in files of the other layout; nil where those have no such tensor, or it is not known.
  package let counterpart: String?

  /// A tensor of this name and shape.
  package init(name: String, shape: [Int], counterpart: String? = nil) {
    self.name = name
    self.shape = shape
    self.counterpart = counterpart
  }
}

extension ModelPlan {
  /// Every tensor that the model needs, in the order of its computation. Linear in the number of layers.
  package var expectedTensors: [TensorRequirement] {
    var tensors = embedding.tensors + rotaries.flatMap(\.tensors)
    for layer in layers { tensors += layer.attention.tensors + layer.feedForward.tensors }
    return tensors + outputNorm.tensors + (outputHead?.tensors ?? [])
  }

  /// Checks that a store holds the weights of this model, and none besides that change what is computed.
  ///
  /// - Returns: what other tensors there are, nobody reading them.
  /// - Throws: ``ModelFileError`` that names the first tensor that is missing, misshapen, in a format that Quire cannot
  ///   compute with, or to be computed with although the configuration does not say so.
  package func check(_ store: any TensorStore) throws(ModelFileError) -> [ModelFileWarning] {
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
    let extra = (Array(store.tensors.keys) + store.unsupportedTensors.keys).filter {
      !names.contains($0) && !passedOver.isSilent($0)
    }.sorted()
    guard !extra.isEmpty else { return [] }
    let path = store.filePaths.first ?? ""
    if let name = extra.first(where: { passedOver.wouldCount($0, beside: names) }) {
      throw ModelFileError(
        path: path, subject: "tensor " + printable(name), found: "not a part of \(sizes.architecture)",
        expected: "only the tensors that the configuration implies",
        remedy: name.contains(".lora_")
          ? "merge the adapter into the weights first" : "the file was made for another configuration")
    }
    let count = extra.count == 1 ? "1 tensor is" : "\(extra.count) tensors are"
    return [
      ModelFileWarning(
        path: path,
        "\(count) passed over, not a part of \(sizes.architecture): " + ModelFileWarning.list(extra))
    ]
  }
}

extension AttentionPlan {
  var tensors: [TensorRequirement] {
    (norm?.tensors ?? []) + queryKeyValue.tensors + (queryNorm?.tensors ?? []) + (keyNorm?.tensors ?? [])
      + output.tensors + (outputNorm?.tensors ?? [])
  }
}

extension FeedForwardPlan {
  var tensors: [TensorRequirement] {
    (norm?.tensors ?? []) + gateUp.tensors + down.tensors + (outputNorm?.tensors ?? [])
  }
}

extension RotaryPlan {
  /// The tensors of divisors that a file must hold, whichever of them count.
  var tensors: [TensorRequirement] {
    let divisors: [FrequencyDivisors] =
      switch scaling {
      case .none, .linear, .llama3, .yarn, .dynamic: []
      case .frequencyFactors(let divisors): [divisors]
      case .longRope(let short, let long, _): [long, short]
      }
    return divisors.compactMap { divisors in
      guard case .tensor(let name) = divisors else { return nil }
      return TensorRequirement(name: name, shape: [dimension / 2])
    }
  }
}
