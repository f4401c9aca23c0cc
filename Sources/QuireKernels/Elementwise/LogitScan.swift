import QuireKernelBodies

extension Kernels {
  /// Logits of a chunk of `greatestLogit`.
  package static var logitChunkSize: Int { LogitScan.chunkSize }

  /// The greatest of a row of logits; NaN where one is NaN or plus infinity, minus infinity where all are.
  ///
  /// - Parameters:
  ///   - logits: `[count]`.
  ///   - chunkMaxima: receives the greatest of each `logitChunkSize` logits, the last of which may be fewer.
  package static func greatestLogit(
    _ logits: UnsafePointer<Float>, count: Int, chunkMaxima: UnsafeMutablePointer<Float>,
    instructionSet: InstructionSet = .current
  ) -> Float {
    let chunkCount = count / logitChunkSize
    let scan = LogitScan(logits: logits, chunkCount: chunkCount, chunkMaxima: chunkMaxima)
    var greatest = withUnsafePointer(to: scan) { instructionSet.kernels.vectors.scanLogits($0) }
    guard count % logitChunkSize > 0 else { return greatest }
    var maximum = -Float.infinity
    for index in chunkCount * logitChunkSize..<count {
      // No comparison with NaN holds.
      guard logits[index] < .infinity else { return .nan }
      maximum = max(maximum, logits[index])
    }
    chunkMaxima[chunkCount] = maximum
    if maximum > greatest { greatest = maximum }
    return greatest
  }
}
