/// The sizes that all layers of a model share. Every range has been checked.
package struct DecoderSizes: Sendable, Equatable {
  /// The family's name, for people.
  package var architecture: String
  /// The width of the residual stream.
  package var hiddenSize: Int
  /// The width inside the feed-forward block.
  package var intermediateSize: Int
  /// The number of layers.
  package var layerCount: Int
  /// The query heads, a multiple of the key and value heads.
  package var attentionHeadCount: Int
  /// The key and value heads.
  package var keyValueHeadCount: Int
  /// The width of one head, even; apart from `hiddenSize / attentionHeadCount`.
  package var headDimension: Int
  /// The rows of the embedding.
  package var vocabularySize: Int
  /// The longest text in tokens that the model was made for.
  package var maxPositionCount: Int
  /// Added to the mean square in every norm, in `0...1`.
  package var epsilon: Float
  /// Whether the output head is the embedding.
  package var tiesEmbedding: Bool

  /// The width of all query heads together.
  package var queryWidth: Int { attentionHeadCount * headDimension }
  /// The width of all key heads together, and of all value heads.
  package var keyValueWidth: Int { keyValueHeadCount * headDimension }
  /// The usual factor on attention's scores: `1 / sqrt(headDimension)`.
  package var usualScale: Float { 1 / Float(headDimension).squareRoot() }
}
