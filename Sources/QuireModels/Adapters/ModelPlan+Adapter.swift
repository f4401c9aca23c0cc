package import QuireModelFiles

extension ModelPlan {
  /// The plan of the model with an adapter merged into its weights.
  ///
  /// - Throws: ``ModelFileError`` where the adapter changes what the model has not, or in another shape.
  func adapted(by adapter: LoRAAdapter, layout: ModelLayout) throws(ModelFileError) -> ModelPlan {
    var merging = AdapterMerging(adapter: adapter, layout: layout)
    var plan = self
    try merging.adapt(&plan.embedding)
    for index in plan.layers.indices { try merging.adapt(&plan.layers[index]) }
    try merging.adapt(&plan.outputNorm)
    if var head = plan.outputHead ?? plan.tiedHead.flatMap({ merging.changes($0) ? $0 : nil }) {
      try merging.adapt(&head)
      plan.outputHead = head
      // A head that was trained beside an embedding that served as one.
      plan.sizes.tiesEmbedding = false
    }
    if let name = merging.unused.min() {
      throw ModelFileError(
        path: adapter.path, subject: "module " + printable(name), found: "no matrix of this model",
        expected: "an adapter that was trained for \(sizes.architecture) of this shape")
    }
    return plan
  }
}

/// Brings what an adapter says to the weights that it names.
private struct AdapterMerging {
  let adapter: LoRAAdapter
  let layout: ModelLayout
  /// What the adapter says and no weight has taken yet.
  var unused: Set<String>

  init(adapter: LoRAAdapter, layout: ModelLayout) {
    self.adapter = adapter
    self.layout = layout
    unused = Set(adapter.products.keys).union(adapter.replacements.keys)
  }

  /// Whether the adapter has weights that take the place of a source's.
  func changes(_ source: WeightSource) -> Bool {
    source.parts.contains { name(of: $0.matrix).map { adapter.replacements[$0] != nil } ?? false }
  }

  /// The name of a matrix in Hugging Face's layout.
  private func name(of matrix: TensorRequirement) -> String? {
    layout == .huggingFace ? matrix.name : matrix.counterpart
  }

  mutating func adapt(_ layer: inout LayerPlan) throws(ModelFileError) {
    try adapt(&layer.attention.norm)
    try adapt(&layer.attention.queryKeyValue)
    try adapt(&layer.attention.queryNorm)
    try adapt(&layer.attention.keyNorm)
    try adapt(&layer.attention.output)
    try adapt(&layer.attention.outputNorm)
    try adapt(&layer.feedForward.norm)
    try adapt(&layer.feedForward.gateUp)
    try adapt(&layer.feedForward.down)
    try adapt(&layer.feedForward.outputNorm)
  }

  private mutating func adapt(_ linear: inout LinearSource) throws(ModelFileError) {
    try adapt(&linear.weights)
    try adapt(&linear.bias)
  }

  mutating func adapt(_ source: inout WeightSource) throws(ModelFileError) {
    var parts: [any WeightRowSource] = []
    for part in source.parts { parts.append(try adapted(part)) }
    source = WeightSource(parts)
  }

  private mutating func adapt(_ vector: inout VectorSource?) throws(ModelFileError) {
    guard var adapted = vector else { return }
    try adapt(&adapted)
    vector = adapted
  }

  mutating func adapt(_ vector: inout VectorSource) throws(ModelFileError) {
    for (index, part) in vector.parts.enumerated() {
      guard let name = layout == .huggingFace ? part.name : part.counterpart,
        let replacement = adapter.replacements[name]
      else { continue }
      unused.remove(name)
      guard replacement.shape == [part.count] else { throw wrongShape(name, replacement.shape, [part.count]) }
      // The adapter's elements are those of Hugging Face's layout.
      let addend = layout == .huggingFace ? vector.addend : vector.counterpartAddend
      let values = try adapter.store.floats(of: replacement)
      vector.parts[index].replacement = addend == 0 ? values : values.map { $0 + addend }
    }
  }

  /// The rows with what the adapter says of them.
  private mutating func adapted(_ rows: any WeightRowSource) throws(ModelFileError) -> any WeightRowSource {
    let (matrix, ending) = (rows.matrix, ".weight")
    guard let name = name(of: matrix), name.hasSuffix(ending) else { return rows }
    let module = String(name.dropLast(ending.count))
    var source = rows
    if let replacement = adapter.replacements[name] {
      unused.remove(name)
      guard replacement.shape == matrix.shape else {
        throw wrongShape(name, replacement.shape, matrix.shape)
      }
      let own = StoredRows(
        replacement.name, rowCount: replacement.shape[0], columnCount: replacement.shape[1], rows: rows.rows)
      source = ReplacedRows(base: rows, own: own, adapter: adapter.store)
    }
    guard let product = adapter.products[module] else { return source }
    unused.remove(module)
    guard [product.rowCount, product.columnCount] == matrix.shape else {
      throw wrongShape(module, [product.rowCount, product.columnCount], matrix.shape)
    }
    return AdaptedRows(base: source, product: product)
  }

  private func wrongShape(_ name: String, _ found: [Int], _ expected: [Int]) -> ModelFileError {
    ModelFileError(
      path: adapter.path, subject: "module " + printable(name), found: "shape \(found)",
      expected: "\(expected), the shape of the model's weights")
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
