import QuireRequests

/// What a sequence reports of one row of logits: log-probabilities of the logits as they came.
///
/// Lives no longer than the sampler that it was made with, and until that makes another.
struct RowReport {
  /// The log-softmax of the logits.
  let logSoftmax: Row.LogSoftmax
  /// The tokens that are reported beside the drawn one: the most likely ones by rank, or those that were named, in their
  /// order.
  private(set) var likeliest: PositionLogprobs

  private let row: Row
  private let chunkMaxima: UnsafeMutablePointer<Float>

  /// The report of a row that goes on to be changed, from a copy of it; nil where the sequence reports nothing.
  ///
  /// Throws as `Row.scan` does.
  init?(copying row: Row, _ state: SamplingState, _ sampler: inout Sampler) throws(SamplingError) {
    guard let count = state.reportedLogprobs else { return nil }
    let buffers = sampler.scoreBuffers()
    buffers.logits.update(from: row.values, count: row.count)
    let copy = Row(UnsafeMutableBufferPointer(start: buffers.logits, count: row.count))
    try self.init(copy, count: count, buffers.chunkMaxima, &sampler)
    if !state.reportedTokenIDs.isEmpty { likeliest = state.reportedTokenIDs.map { entry(of: $0) } }
  }

  /// The report of a row that stays as it is, with the `count` most likely tokens (−1: all).
  ///
  /// Writes the row's chunk maxima. Throws as `Row.scan` does.
  init(
    _ row: Row, count: Int, _ chunkMaxima: UnsafeMutablePointer<Float>, _ sampler: inout Sampler
  ) throws(SamplingError) {
    self.row = row
    self.chunkMaxima = chunkMaxima
    logSoftmax = try row.logSoftmax(chunkMaxima)
    likeliest = sampler.likeliest(count, row, logSoftmax, chunkMaxima)
  }

  /// A token's own entry.
  func entry(of token: Int32) -> TokenLogprob {
    if let entry = likeliest.first(where: { $0.tokenID == token }) { return entry }
    let logit = row.values[Int(token)]
    return TokenLogprob(tokenID: token, logprob: logSoftmax(logit), rank: row.rank(of: logit, chunkMaxima))
  }

  /// The entries of a position that holds `token`.
  func position(of token: Int32) -> PositionLogprobs { .position(of: entry(of: token), likeliest) }
}

extension PositionLogprobs {
  /// The entries of a position: its token, then the most likely ones without it.
  static func position(of own: TokenLogprob, _ likeliest: PositionLogprobs) -> PositionLogprobs {
    [own] + likeliest.filter { $0.tokenID != own.tokenID }
  }
}
