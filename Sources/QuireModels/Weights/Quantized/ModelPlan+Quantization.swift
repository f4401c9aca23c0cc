package import QuireModelFiles

extension ModelPlan {
  /// Reads the linear layers that the plan's rules quantise, and the store holds so, from integers and scales.
  ///
  /// - Throws: ``ModelFileError`` that names the tensor where one that a quantised layer is made of has another shape or
  ///   type.
  package mutating func applyQuantization(in store: any TensorStore) throws(ModelFileError) {
    guard let quantization else { return }
    let reader = QuantizedLayers(quantization: quantization, store: store)
    for index in layers.indices {
      try reader.read(&layers[index].attention.queryKeyValue.weights)
      try reader.read(&layers[index].attention.output.weights)
      try reader.read(&layers[index].feedForward.gateUp.weights)
      try reader.read(&layers[index].feedForward.down.weights)
    }
    if var head = outputHead {
      try reader.read(&head)
      outputHead = head
    }
  }
}

/// Finds the tensors of quantised layers.
private struct QuantizedLayers {
  let quantization: WeightQuantization
  let store: any TensorStore

  /// Replaces rows of plain tensors by those of quantised layers of the same name.
  func read(_ source: inout WeightSource) throws(ModelFileError) {
    var parts: [any WeightRowSource] = []
    for part in source.parts {
      guard let stored = part as? StoredRows, let rows = try rows(stored) else {
        parts.append(part)
        continue
      }
      parts.append(rows)
    }
    source = WeightSource(parts)
  }

  /// The rows of a quantised layer in place of a plain tensor's; nil where the layer is not quantised, or its weights are
  /// there as they are.
  private func rows(_ stored: StoredRows) throws(ModelFileError) -> (any WeightRowSource)? {
    let ending = ".weight"
    guard stored.tensor.name.hasSuffix(ending) else { return nil }
    let module = String(stored.tensor.name.dropLast(ending.count))
    guard let scheme = quantization.scheme(of: module), store.tensors[stored.tensor.name] == nil else {
      return nil
    }
    let (rowCount, columnCount) = (stored.tensor.shape[0], stored.tensor.shape[1])
    if scheme.container == .mxfp4 {
      guard columnCount % 32 == 0 else { return nil }
      return MXFP4Rows(module, stored, in: store)
    }
    let groupSize = min(scheme.groupSize ?? columnCount, columnCount)
    var groups = ColumnGroups(columnCount: columnCount, groupSize: groupSize)
    var parts = QuantizedTensors(
      module, scheme, rowCount: rowCount, columnCount: columnCount, groupCount: groups.groupCount, in: store)
    for tensor in parts.all { try store.check(tensor) }
    if let numbers = try groupNumbers(module, scheme, columnCount: columnCount, &parts) {
      guard let found = ColumnGroups(groupOfColumn: numbers, groupCount: groups.groupCount) else {
        let bad = numbers.first { !(0..<Int32(groups.groupCount)).contains($0) } ?? 0
        throw error(parts.others[0], found: "group \(bad)", expected: "0 to \(groups.groupCount - 1)")
      }
      groups = found
    }
    try checkShape(module, scheme, [rowCount, columnCount], &parts)
    return QuantizedRows(
      matrix: stored.tensor, scheme: scheme, parts: parts, groups: groups, rows: stored.rows,
      columnCount: columnCount)
  }

  /// The group of each input, where a file numbers groups that are no runs of inputs.
  private func groupNumbers(
    _ module: String, _ scheme: QuantizationScheme, columnCount: Int, _ parts: inout QuantizedTensors
  ) throws(ModelFileError) -> [Int32]? {
    let isGPTQ = if case .gptq = scheme.container { true } else { false }
    let name = module + (isGPTQ ? ".g_idx" : ".weight_g_idx")
    guard scheme.container != .awq, scheme.isOrdered || store.holds(name) else { return nil }
    let tensor = TensorRequirement(name: name, shape: [columnCount], types: ["I32", "I64"])
    try store.check(tensor)
    parts.others.append(tensor)
    let numbers = try store.int64s(tensor)
    // compressed-tensors writes -1 for all where groups are runs.
    if numbers.allSatisfy({ $0 == -1 }) { return nil }
    return numbers.map { Int32(clamping: $0) }
  }

  /// Checks the shape that compressed-tensors writes beside packed weights.
  private func checkShape(
    _ module: String, _ scheme: QuantizationScheme, _ shape: [Int], _ parts: inout QuantizedTensors
  ) throws(ModelFileError) {
    let name = module + ".weight_shape"
    guard scheme.container == .words, store.holds(name) else { return }
    let tensor = TensorRequirement(name: name, shape: [2], types: ["I32", "I64"])
    try store.check(tensor)
    let found = try store.int64s(tensor)
    guard found == shape.map(Int64.init) else {
      throw error(tensor, found: "\(found)", expected: "\(shape), as the configuration says")
    }
    parts.others.append(tensor)
  }

  private func error(_ tensor: TensorRequirement, found: String, expected: String) -> ModelFileError {
    let index = store.unsupportedTensors[tensor.name]?.fileIndex ?? 0
    return ModelFileError(
      path: store.filePaths[index], subject: "tensor " + printable(tensor.name), found: found,
      expected: expected)
  }
}
