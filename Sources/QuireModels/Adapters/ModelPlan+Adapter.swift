package import QuireModelFiles

extension ModelPlan {
  /// The plan of the model with an adapter merged into its weights.
  ///
  /// - Throws: ``ModelFileError`` where the adapter changes what the model has not, or in another shape.
  func adapted(by adapter: LoRAAdapter, layout: ModelLayout) throws(ModelFileError) -> ModelPlan {
    var unused = Set(adapter.products.keys).union(adapter.replacements.keys)
    var plan = self
    func adapt(_ source: WeightSource) throws(ModelFileError) -> WeightSource {
      var parts: [any WeightRowSource] = []
      for part in source.parts {
        guard let rows = part as? StoredRows else {
          throw ModelFileError(
            path: adapter.path, found: "an adapter for weights that are stored in an unusual way",
            expected: "plain or GGUF weights", remedy: "merge it with peft first")
        }
        parts.append(try adapter.rows(rows, layout, &unused))
      }
      return WeightSource(parts)
    }
    plan.embedding = try adapt(plan.embedding)
    for index in plan.layers.indices {
      var layer = plan.layers[index]
      layer.attention.queryKeyValue.weights = try adapt(layer.attention.queryKeyValue.weights)
      layer.attention.output.weights = try adapt(layer.attention.output.weights)
      layer.feedForward.gateUp.weights = try adapt(layer.feedForward.gateUp.weights)
      layer.feedForward.down.weights = try adapt(layer.feedForward.down.weights)
      plan.layers[index] = layer
    }
    if let head = plan.outputHead { plan.outputHead = try adapt(head) }
    if let name = unused.sorted().first {
      throw ModelFileError(
        path: adapter.path, subject: "module " + printable(name), found: "no matrix of this model",
        expected: "an adapter that was trained for \(sizes.architecture) of this shape")
    }
    return plan
  }
}

extension LoRAAdapter {
  /// The rows with what the adapter says of them; what it says is taken from `unused`.
  fileprivate func rows(
    _ rows: StoredRows, _ layout: ModelLayout, _ unused: inout Set<String>
  ) throws(ModelFileError) -> any WeightRowSource {
    guard let name = layout == .huggingFace ? rows.tensor.name : rows.tensor.counterpart,
      name.hasSuffix(".weight")
    else { return rows }
    let module = String(name.dropLast(".weight".count))
    var source: any WeightRowSource = rows
    if let replacement = replacements[name] {
      unused.remove(name)
      guard replacement.shape == rows.tensor.shape else {
        throw wrongShape(name, replacement.shape, rows.tensor.shape)
      }
      let own = StoredRows(
        replacement.name, rowCount: replacement.shape[0], columnCount: replacement.shape[1], rows: rows.rows)
      source = ReplacedRows(base: rows, own: own, adapter: store)
    }
    guard let product = products[module] else { return source }
    unused.remove(module)
    guard [product.rowCount, product.columnCount] == rows.tensor.shape else {
      throw wrongShape(module, [product.rowCount, product.columnCount], rows.tensor.shape)
    }
    return AdaptedRows(base: source, product: product, firstRow: rows.rows.lowerBound)
  }

  private func wrongShape(_ name: String, _ found: [Int], _ expected: [Int]) -> ModelFileError {
    ModelFileError(
      path: path, subject: "module " + printable(name), found: "shape \(found)",
      expected: "\(expected), the shape of the model's matrix")
  }
}

extension ModelPackage {
  /// The model with an adapter merged into its weights, in single precision.
  ///
  /// - Throws: ``ModelFileError`` where the adapter does not fit the model.
  package func adapted(by adapter: LoRAAdapter) throws(ModelFileError) -> ModelPackage {
    var package = self
    package.plan = try plan.adapted(by: adapter, layout: layout)
    return package
  }
}
