package import QuireModelFiles
import QuireTensorFormats

/// A tensor that a file must hold.
package struct TensorRequirement: Sendable, Hashable {
  /// The name in the file.
  package let name: String
  /// The shape, outermost dimension first: matrices are `[outputs, inputs]`.
  package let shape: [Int]
  /// The types that it may have, as a file spells them, where weights are made of it and others; empty where its format
  /// must be one to compute with.
  package let types: [String]
  /// The name in files of the other layout; nil where those have no such tensor, or it is not known.
  package let counterpart: String?

  /// A tensor of this name and shape.
  package init(name: String, shape: [Int], types: [String] = [], counterpart: String? = nil) {
    self.name = name
    self.shape = shape
    self.types = types
    self.counterpart = counterpart
  }
}

extension TensorStore {
  /// Checks that a tensor is there, in the right shape and of a type that it may have.
  ///
  /// - Throws: ``ModelFileError`` that names it, and both shapes or types.
  func check(_ tensor: TensorRequirement) throws(ModelFileError) {
    let place: (shape: [Int], fileIndex: Int)
    if let other = unsupportedTensors[tensor.name], !tensor.types.isEmpty {
      guard tensor.types.contains(other.formatName) else {
        throw wrong(tensor, other.fileIndex, found: "stored as " + other.formatName, "as " + tensor.types[0])
      }
      place = (other.shape, other.fileIndex)
    } else {
      let found = try self.tensor(tensor.name)
      guard tensor.types.isEmpty else {
        throw wrong(tensor, found.fileIndex, found: "stored as " + found.format.name, "as " + tensor.types[0])
      }
      place = (found.shape, found.fileIndex)
    }
    guard place.shape == tensor.shape else {
      throw wrong(
        tensor, place.fileIndex, found: "shape \(place.shape)", "\(tensor.shape), as the configuration says")
    }
  }

  /// Gives back the memory of a tensor's mapped pages, where there is such a tensor.
  package func releasePages(of tensor: TensorRequirement) {
    if let other = unsupportedTensors[tensor.name] {
      releasePages(other.byteRange, ofFile: other.fileIndex)
    } else if let found = tensors[tensor.name] {
      releasePages(of: found)
    }
  }

  private func wrong(
    _ tensor: TensorRequirement, _ fileIndex: Int, found: String, _ expected: String
  ) -> ModelFileError {
    ModelFileError(
      path: filePaths[fileIndex], subject: "tensor " + printable(tensor.name), found: found,
      expected: expected)
  }
}

extension ModelPlan {
  /// Every tensor that the model needs, in the order of its computation. Linear in the number of layers.
  package var expectedTensors: [TensorRequirement] {
    var tensors = embedding.tensors + rotaries.flatMap(\.tensors)
    for layer in layers { tensors += layer.attention.tensors + layer.feedForward.tensors }
    return tensors + outputNorm.tensors + (outputHead?.tensors ?? [])
  }

  /// Every matrix and vector of the model as plain numbers, in the order of its computation: what a file has that is not
  /// quantised in tensors of several parts.
  package var plainTensors: [TensorRequirement] {
    var tensors: [TensorRequirement] = []
    func add(_ weights: WeightSource) {
      for part in weights.parts where tensors.last != part.matrix { tensors.append(part.matrix) }
    }
    func add(_ vector: VectorSource?) { tensors += vector?.tensors ?? [] }
    func add(_ linear: LinearSource) {
      add(linear.weights)
      add(linear.bias)
    }
    add(embedding)
    for layer in layers {
      let (attention, feedForward) = (layer.attention, layer.feedForward)
      add(attention.norm)
      add(attention.queryKeyValue)
      add(attention.queryNorm)
      add(attention.keyNorm)
      add(attention.output)
      add(attention.outputNorm)
      add(feedForward.norm)
      add(feedForward.gateUp)
      add(feedForward.down)
      add(feedForward.outputNorm)
    }
    add(outputNorm)
    if let outputHead { add(outputHead) }
    return tensors
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
      try store.check(tensor)
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
