import QuireKernels
import QuireModelFiles

/// The weights of a model by their names in both layouts, of which one counts. Names stand without `.weight` and `.bias`.
struct TensorNames {
  let layout: ModelLayout
  private var prefix = ""

  /// Names of the whole model's tensors.
  init(layout: ModelLayout) {
    self.layout = layout
  }

  /// Names of a layer's tensors: after `model.layers.N.` or `blk.N.`.
  func layer(_ index: Int) -> TensorNames {
    var names = self
    names.prefix = layout == .gguf ? "blk.\(index)." : "model.layers.\(index)."
    return names
  }

  private func name(_ huggingFace: String, _ gguf: String) -> String {
    prefix + (layout == .gguf ? gguf : huggingFace)
  }

  /// A matrix of `rowCount` outputs and `columnCount` inputs; `parts` splits its rows where they serve as several
  /// matrices.
  func matrix(
    _ huggingFace: String, _ gguf: String, _ rowCount: Int, _ columnCount: Int, parts: [Range<Int>]? = nil,
    order: RowOrder = .stored
  ) -> WeightSource {
    let name = name(huggingFace, gguf) + ".weight"
    return WeightSource(
      (parts ?? [0..<rowCount]).map {
        StoredRows(name, rowCount: rowCount, columnCount: columnCount, rows: $0, order: order)
      })
  }

  /// A matrix, and its bias where it has one.
  func linear(
    _ huggingFace: String, _ gguf: String, _ rowCount: Int, _ columnCount: Int, parts: [Range<Int>]? = nil,
    bias: Bool = false, order: RowOrder = .stored
  ) -> LinearSource {
    let biasName = name(huggingFace, gguf) + ".bias"
    return LinearSource(
      weights: matrix(huggingFace, gguf, rowCount, columnCount, parts: parts, order: order),
      bias: bias ? VectorSource(parts: [.init(name: biasName, count: rowCount, order: order)]) : nil)
  }

  /// A norm's weights.
  func vector(_ huggingFace: String, _ gguf: String, _ count: Int) -> VectorSource {
    VectorSource(parts: [.init(name: name(huggingFace, gguf) + ".weight", count: count)])
  }

  /// Tables of rotation frequencies that older checkpoints carry, and an output head beside an embedding that it is
  /// tied to.
  func passedOver(tiesEmbedding: Bool) -> PassedOverTensors {
    switch layout {
    case .gguf: PassedOverTensors(suffixes: [".rot_embd", ".attn_rot_embd"])
    case .huggingFace:
      PassedOverTensors(
        names: tiesEmbedding ? ["lm_head.weight"] : [], suffixes: [".rotary_emb.inv_freq"])
    }
  }
}
