import QuireKernels
package import QuireModelFiles

/// A LoRA adapter in peft's layout: `adapter_config.json` and `adapter_model.safetensors`.
///
/// Each module's weights get a product of two narrow matrices added, in single precision; modules that were trained whole
/// take the place of the base's. Source: Hu et al. 2021, arXiv 2106.09685; peft's `merge_and_unload`.
package struct LoRAAdapter: Sendable {
  /// What is added to a matrix: `scale * b * a`, row `i` of `b` making row `i`.
  struct Product: Sendable {
    /// `[rank × columns]`.
    let a: [Float]
    /// `[rows × rank]`.
    let b: [Float]
    let rank: Int
    let rowCount: Int
    let columnCount: Int
    let scale: Float
  }

  /// The directory as it was given.
  package let path: String
  /// What is added, by the module's name in Hugging Face layout (`model.layers.0.self_attn.q_proj`).
  let products: [String: Product]
  /// Tensors that take the place of the base's, by the base's names.
  let replacements: [String: TensorDescription]
  let store: SafetensorsCheckpoint

  private static let prefix = "base_model.model."

  /// Opens and checks an adapter.
  ///
  /// - Throws: ``ModelFileError`` where a file is missing or damaged, or the adapter is of a kind that is not merged.
  package init(directory: String) throws(ModelFileError) {
    path = directory
    let settings = try LoRASettings(path: directory + "/adapter_config.json")
    let file = directory + "/adapter_model.safetensors"
    guard FileSystem.exists(file) else {
      throw ModelFileError(
        path: directory, found: "no adapter_model.safetensors",
        remedy: "an adapter in .bin must be saved as safetensors first")
    }
    store = try SafetensorsCheckpoint(file: file)
    if let tensor = store.unsupportedTensors.keys.sorted().first { _ = try store.tensor(tensor) }
    var products: [String: Product] = [:]
    var replacements: [String: TensorDescription] = [:]
    for (name, tensor) in store.tensors.sorted(by: { $0.key < $1.key }) {
      guard name.hasPrefix(Self.prefix) else { throw Self.unknown(tensor, file) }
      let rest = String(name.dropFirst(Self.prefix.count))
      if let (module, isEmbedding) = Self.moduleOfA(rest) {
        let other = Self.prefix + module + (isEmbedding ? ".lora_embedding_B" : ".lora_B.weight")
        products[module] = try Self.product(
          tensor, try store.tensor(other), isEmbedding: isEmbedding, module, settings, store)
      } else if !rest.contains(".lora_") {
        // An adapted embedding may come with its base's weights.
        let name = rest.replacing(".modules_to_save.", with: ".").replacing(".base_layer.", with: ".")
        guard replacements.updateValue(tensor, forKey: name) == nil else { throw Self.unknown(tensor, file) }
      } else if !Self.isB(rest, of: store) {
        throw Self.unknown(tensor, file)
      }
    }
    self.products = products
    self.replacements = replacements
  }

  private static func unknown(_ tensor: TensorDescription, _ file: String) -> ModelFileError {
    ModelFileError(
      path: file, subject: "tensor " + printable(tensor.name),
      found: "no part of a LoRA adapter that is merged",
      expected: "\(prefix)MODULE.lora_A.weight and lora_B.weight, or a module's own weight",
      remedy: "merge it with peft first")
  }

  /// The module whose first factor a tensor is.
  private static func moduleOfA(_ name: String) -> (module: String, isEmbedding: Bool)? {
    for (suffix, isEmbedding) in [(".lora_A.weight", false), (".lora_embedding_A", true)]
    where name.hasSuffix(suffix) {
      return (String(name.dropLast(suffix.count)), isEmbedding)
    }
    return nil
  }

  /// Whether a tensor is a second factor that has its first one.
  private static func isB(_ name: String, of store: SafetensorsCheckpoint) -> Bool {
    for (suffix, other) in [(".lora_B.weight", ".lora_A.weight"), (".lora_embedding_B", ".lora_embedding_A")]
    where name.hasSuffix(suffix) {
      return store.tensors[prefix + name.dropLast(suffix.count) + other] != nil
    }
    return false
  }

  private static func product(
    _ a: TensorDescription, _ b: TensorDescription, isEmbedding: Bool, _ module: String,
    _ settings: LoRASettings, _ store: SafetensorsCheckpoint
  ) throws(ModelFileError) -> Product {
    guard a.shape.count == 2, b.shape.count == 2, a.shape[0] == b.shape[1] else {
      throw ModelFileError(
        path: store.filePaths[0], subject: "tensor " + printable(a.name),
        found: "shape \(a.shape) beside \(b.shape)",
        expected: "[rank, inputs] beside [outputs, rank]")
    }
    let rank = a.shape[0]
    let scale = try settings.scale(ofModule: module, rank: rank)
    let (first, second) = (try store.floats(of: a), try store.floats(of: b))
    guard isEmbedding else {
      return Product(
        a: first, b: second, rank: rank, rowCount: b.shape[0], columnCount: a.shape[1], scale: scale)
    }
    // An embedding's rows are inputs: the product is the other way round.
    return Product(
      a: transposed(second, rowCount: b.shape[0], columnCount: rank),
      b: transposed(first, rowCount: rank, columnCount: a.shape[1]), rank: rank, rowCount: a.shape[1],
      columnCount: b.shape[0], scale: scale)
  }

  private static func transposed(_ values: [Float], rowCount: Int, columnCount: Int) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    for row in 0..<rowCount {
      for column in 0..<columnCount { result[column * rowCount + row] = values[row * columnCount + column] }
    }
    return result
  }
}
