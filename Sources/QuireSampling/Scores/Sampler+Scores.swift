package import QuireRequests

/// A token that was drawn, and how likely it and others were.
package struct Draw: Sendable, Equatable {
  /// The token.
  package let tokenID: Int32
  /// Log-probabilities of this position, without text, where the sequence reports them.
  package let logprobs: PositionLogprobs?

  /// A draw; each argument is the field of its name.
  package init(tokenID: Int32, logprobs: PositionLogprobs? = nil) {
    self.tokenID = tokenID
    self.logprobs = logprobs
  }
}

/// Room for a copy of a row and its chunk maxima: made when the first sequence reports log-probabilities.
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

extension Sampler {
  /// Draws the next token of a sequence, as `sample(_:_:)` does, with the log-probabilities that it reports: those of
  /// the logits as they came, before anything else touches them.
  package mutating func draw(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState
  ) throws(SamplingError) -> Draw {
    guard let count = state.reportedLogprobs else {
      return Draw(tokenID: try sample(logits, state), logprobs: nil)
    }
    checkCount(logits.count)
    let buffers = scoreBuffers()
    buffers.logits.update(from: logits.baseAddress!, count: vocabularySize)
    let untouched = Row(UnsafeMutableBufferPointer(start: buffers.logits, count: vocabularySize))
    let logSoftmax = try untouched.logSoftmax(buffers.chunkMaxima)
    let likeliest = likeliest(count, untouched, logSoftmax, buffers.chunkMaxima)
    let token = try sample(logits, state)
    return Draw(
      tokenID: token,
      logprobs: position(token, likeliest, untouched, logSoftmax, buffers.chunkMaxima))
  }

  /// The log-probabilities of a position that holds `token` already, with the `count` most likely tokens (−1: all);
  /// the logits stay as they are.
  ///
  /// Throws when the logits hold NaN or plus infinity, or exclude every token.
  package mutating func score(
    _ logits: UnsafeMutableBufferPointer<Float>, token: Int32, count: Int
  ) throws(SamplingError) -> PositionLogprobs {
    checkCount(logits.count)
    let row = Row(logits)
    let logSoftmax = try row.logSoftmax(chunkMaxima)
    return position(token, likeliest(count, row, logSoftmax, chunkMaxima), row, logSoftmax, chunkMaxima)
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

  /// The entries of a position: its token, then the most likely ones without it.
  private func position(
    _ token: Int32, _ likeliest: PositionLogprobs, _ row: Row, _ logSoftmax: Row.LogSoftmax,
    _ maxima: UnsafePointer<Float>
  ) -> PositionLogprobs {
    if let place = likeliest.firstIndex(where: { $0.tokenID == token }) {
      var entries = likeliest
      entries.insert(entries.remove(at: place), at: 0)
      return entries
    }
    let logit = row.values[Int(token)]
    let own = TokenLogprob(
      tokenID: token, logprob: logSoftmax(logit), rank: row.rank(of: logit, maxima))
    return [own] + likeliest
  }
}
