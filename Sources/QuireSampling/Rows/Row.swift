import QuireKernels

/// One row of logits, later of unnormalised probabilities: fp32, [vocabulary].
///
/// Passes go over chunks of 64 tokens, whose maxima and sums let later passes skip most of the row.
struct Row {
  /// Number of tokens in a chunk: four vectors of 16.
  static var chunkSize: Int { Kernels.logitChunkSize }

  typealias Vector = SIMD16<Float>

  let values: UnsafeMutablePointer<Float>
  let count: Int

  init(_ logits: UnsafeMutableBufferPointer<Float>) {
    values = logits.baseAddress!
    count = logits.count
  }

  /// Number of chunks that cover `count` tokens; the last may be shorter.
  static func chunkCount(_ count: Int) -> Int { (count + chunkSize - 1) / chunkSize }

  var chunkCount: Int { Self.chunkCount(count) }

  /// Tokens of a chunk.
  func range(ofChunk chunk: Int) -> Range<Int> {
    chunk * Self.chunkSize..<min(count, (chunk + 1) * Self.chunkSize)
  }

  func load(_ index: Int) -> Vector {
    UnsafeRawPointer(values + index).loadUnaligned(as: Vector.self)
  }
}
