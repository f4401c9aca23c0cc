/// What the caches and the engine need to know of a model, whatever its family.
package struct ModelShape: Sendable, Equatable {
  /// The family's name, for people: `llama`, `qwen2`.
  package var architecture: String
  /// Number of layers.
  package var layerCount: Int
  /// Heads of keys and of values, the same in every layer.
  package var keyValueHeadCount: Int
  /// Elements of a head, as the cache stores it.
  package var headDimension: Int
  /// Number of logits in a row; ids lie below it.
  package var vocabularySize: Int
  /// The longest text in tokens that the model was made for.
  package var maxPositionCount: Int
  /// How many positions, its own included, a token sees on each layer; nil for all before it.
  package var windows: [Int?]
  /// How bases of rotation grow with texts, where some do.
  package var dynamicScalings: [DynamicScaling] = []

  /// How many positions, its own included, a token sees on the layer that sees most; nil where some layer sees all.
  package var attentionWindow: Int? {
    windows.reduce(0) { widest, window in widest.flatMap { widest in window.map { max(widest, $0) } } }
  }

  /// A number that texts have in common whose keys and values may be shared where their beginnings are equal.
  ///
  /// - Parameter promptTokenCount: tokens of the whole prompt.
  package func prefixVariant(promptTokenCount: Int) -> UInt64 {
    dynamicScalings.reduce(0) { variant, scaling in
      variant << 32 | UInt64(scaling.step(promptTokenCount: promptTokenCount, position: 0))
    }
  }

  /// The elements that one token adds to the caches of keys and values of all layers.
  package var keyValueElementsPerToken: Int { 2 * layerCount * keyValueHeadCount * headDimension }
}
