extension Sampler {
  /// The `count` most likely next tokens of a beam, without those that are excluded, in ascending order of id; more
  /// where several tie for the last place.
  ///
  /// As in Hugging Face transformers the logits become log-probabilities first (log-softmax in fp32), and what the
  /// request excludes, favours and punishes applies to these.
  ///
  /// Destroys the logits, fp32, `vocabularySize` of them. Throws when they hold NaN or plus infinity, or exclude every
  /// token. Expected O(vocabulary + count).
  package mutating func beamCandidates(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState, count: Int
  ) throws(SamplingError) -> [BeamCandidate] {
    checkCount(logits.count)
    let row = Row(logits)
    let report = try RowReport(copying: row, state, &self)
    let logSoftmax = if let report { report.logSoftmax } else { try row.logSoftmax(chunkMaxima) }
    for index in 0..<row.count { row.values[index] = logSoftmax(row.values[index]) }
    row.adjust(by: state, scratch: values, mask: candidates)
    _ = try row.scan(chunkMaxima)
    let floor = topKFloor(row, count, chunkMaxima)
    var found: [BeamCandidate] = []
    for chunk in 0..<row.chunkCount where chunkMaxima[chunk] >= floor {
      for index in row.range(ofChunk: chunk) {
        let logprob = row.values[index]
        guard logprob >= floor && logprob > -.infinity else { continue }
        found.append(
          BeamCandidate(
            tokenID: Int32(index), logprob: logprob, reported: report?.entry(of: Int32(index)),
            likeliest: report?.likeliest ?? []))
      }
    }
    return found
  }
}
