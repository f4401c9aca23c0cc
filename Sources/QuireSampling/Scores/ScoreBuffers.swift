/// Buffers for a copy of a row and its chunk maxima: made when the first sequence reports log-probabilities.
final class ScoreBuffers {
  let logits: UnsafeMutablePointer<Float>
  let chunkMaxima: UnsafeMutablePointer<Float>

  init(vocabularySize: Int) {
    logits = .allocate(capacity: vocabularySize)
    chunkMaxima = .allocate(capacity: Row.chunkCount(vocabularySize))
  }

  deinit {
    logits.deallocate()
    chunkMaxima.deallocate()
  }
}
