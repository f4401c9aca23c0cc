import QuireKernels
import QuirePlatform

/// Token ids to the residual stream.
struct EmbeddingLayer: Sendable {
  let table: EmbeddingTable
  let hiddenSize: Int
  /// Factor on each embedding.
  let scale: Float

  /// Writes the embeddings of a step's tokens, each inside the vocabulary.
  func run(_ step: DecoderStep, tokenIDs: UnsafePointer<Int32>) {
    table.lookUp(
      tokenIDs, tokenCount: step.tokenCount, hiddenSize: hiddenSize, scale: scale,
      into: step.workspace.hidden.pointer, on: step.team)
  }
}
