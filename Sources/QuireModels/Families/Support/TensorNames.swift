import QuireKernels
import QuireModelFiles

/// The weights of a model by their names in both layouts, of which one counts. Names stand without `.weight` and `.bias`.
struct TensorNames {
  let layout: ModelLayout
  /// What stands before a layer's number in a checkpoint of Hugging Face's.
  private let layerPrefix: String
  private var prefix = ""
  private var otherPrefix = ""

  /// Names of the whole model's tensors.
  init(layout: ModelLayout, layerPrefix: String = "model.layers.") {
    self.layout = layout
    self.layerPrefix = layerPrefix
  }

  /// Names of a layer's tensors: after `model.layers.N.` or `blk.N.`.
  func layer(_ index: Int) -> TensorNames {
    var names = self
    (names.prefix, names.otherPrefix) = (layerPrefix + "\(index).", "blk.\(index).")
    if layout == .gguf { swap(&names.prefix, &names.otherPrefix) }
    return names
  }

  private func name(_ huggingFace: String, _ gguf: String) -> String {
    prefix + (layout == .gguf ? gguf : huggingFace)
  }

  /// The name in the other layout.
  private func counterpart(_ huggingFace: String, _ gguf: String) -> String {
    otherPrefix + (layout == .gguf ? huggingFace : gguf)
  }

  /// A matrix of `rowCount` outputs and `columnCount` inputs; `parts` splits its rows where they serve as several
  /// matrices.
  @inline(never)
  func matrix(
    _ huggingFace: String, _ gguf: String, _ rowCount: Int, _ columnCount: Int, parts: [Range<Int>]? = nil,
    order: RowOrder = .stored
  ) -> WeightSource {
    let name = name(huggingFace, gguf) + ".weight"
    let counterpart = counterpart(huggingFace, gguf) + ".weight"
    return WeightSource(
      (parts ?? [0..<rowCount]).map {
        StoredRows(
          name, rowCount: rowCount, columnCount: columnCount, rows: $0, order: order, counterpart: counterpart
        )
      })
  }

  /// A matrix, and its bias where it has one.
  @inline(never)
  func linear(
    _ huggingFace: String, _ gguf: String, _ rowCount: Int, _ columnCount: Int, parts: [Range<Int>]? = nil,
    bias: Bool = false, order: RowOrder = .stored
  ) -> LinearSource {
    let biasName = name(huggingFace, gguf) + ".bias"
    return LinearSource(
      weights: matrix(huggingFace, gguf, rowCount, columnCount, parts: parts, order: order),
      bias: bias
        ? VectorSource(parts: [
          .init(
            name: biasName, count: rowCount, order: order,
            counterpart: counterpart(huggingFace, gguf) + ".bias")
        ]) : nil)
  }

  /// A norm's weights.
  @inline(never)
  func vector(_ huggingFace: String, _ gguf: String, _ count: Int) -> VectorSource {
    VectorSource(parts: [
      .init(
        name: name(huggingFace, gguf) + ".weight", count: count,
        counterpart: counterpart(huggingFace, gguf) + ".weight")
    ])
  }
}
