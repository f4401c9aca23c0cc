package import QuireRequests

extension Sampler {
  /// Draws the next token of a sequence, as `sample(_:_:)` does, with the log-probabilities that it reports: those of
  /// the logits as they came, before anything else touches them.
  package mutating func draw(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState
  ) throws(SamplingError) -> Draw {
    checkCount(logits.count)
    let report = try RowReport(copying: Row(logits), state, &self)
    let token = try sample(logits, state)
    return Draw(tokenID: token, logprobs: report?.position(of: token))
  }

  /// The log-probabilities of a position that holds `token` already, with the `count` most likely tokens (−1: all);
  /// the logits stay as they are.
  ///
  /// Throws when the logits hold NaN or plus infinity, or exclude every token.
  package mutating func score(
    _ logits: UnsafeMutableBufferPointer<Float>, token: Int32, count: Int
  ) throws(SamplingError) -> PositionLogprobs {
    try scores(logits, tokens: CollectionOfOne(token), count: count)[0]
  }

  /// The same of each of several tokens that may stand in the position, in their order.
  package mutating func scores(
    _ logits: UnsafeMutableBufferPointer<Float>, tokens: some Collection<Int32>, count: Int
  ) throws(SamplingError) -> [PositionLogprobs] {
    checkCount(logits.count)
    let report = try RowReport(Row(logits), count: count, chunkMaxima, &self)
    return tokens.map { report.position(of: $0) }
  }

  /// The `count` most likely tokens by rank, of equally likely ones the lower id first. −1 is all of them.
  ///
  /// Expected O(vocabulary), and a sort of the few that chunk maxima leave.
  func likeliest(
    _ count: Int, _ row: Row, _ logSoftmax: Row.LogSoftmax, _ maxima: UnsafeMutablePointer<Float>
  ) -> PositionLogprobs {
    let count = count < 0 ? row.count : min(count, row.count)
    guard count > 0 else { return [] }
    let floor = topKFloor(row, count, maxima)
    var candidateCount = 0
    for chunk in 0..<row.chunkCount where maxima[chunk] >= floor {
      for index in row.range(ofChunk: chunk) where row.values[index] >= floor {
        candidates[candidateCount] = LogitKey.make(id: index, logit: row.values[index])
        candidateCount += 1
      }
    }
    var keys = UnsafeMutableBufferPointer(start: candidates, count: candidateCount)
    keys.sort(by: >)
    var ranks = [Int](repeating: candidateCount, count: candidateCount)
    for index in (0..<candidateCount - 1).reversed() {
      ranks[index] = LogitKey.areEquallyLikely(keys[index], keys[index + 1]) ? ranks[index + 1] : index + 1
    }
    return (0..<count).map { index in
      let id = LogitKey.id(keys[index])
      return TokenLogprob(tokenID: id, logprob: logSoftmax(row.values[Int(id)]), rank: ranks[index])
    }
  }
}
