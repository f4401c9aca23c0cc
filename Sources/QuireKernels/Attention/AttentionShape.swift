import QuireKernelBodies

/// What all layers of a model share of their attention.
package struct AttentionShape: Sendable {
  /// Where keys and values lie.
  package let layout: KVBlockLayout
  /// Bytes from one block of a layer to the next.
  package let blockStride: Int
  /// Query heads of one key/value head; at least 1.
  package let groupSize: Int
  /// Factor on each score, 1 / sqrt(headDimension) as a rule.
  package let scale: Float
  /// What no scaled score exceeds in magnitude, `softCap * tanh(score / softCap)` taking its place before the softmax;
  /// above 0, or nil for no cap.
  package let softCap: Float?

  /// Describes attention with `groupSize` query heads for each of the layout's heads.
  package init(layout: KVBlockLayout, blockStride: Int, groupSize: Int, scale: Float, softCap: Float? = nil) {
    self.layout = layout
    self.blockStride = blockStride
    self.groupSize = groupSize
    self.scale = scale
    self.softCap = softCap
  }

  /// Query rows of one sequence that are computed together at most, where a group is not larger alone: their scores
  /// stay in the first-level cache.
  private static var rowsPerPart: Int { 24 }

  /// Tokens of one sequence that are computed together at most.
  var tokensPerPart: Int { max(1, Self.rowsPerPart / groupSize) }
}
