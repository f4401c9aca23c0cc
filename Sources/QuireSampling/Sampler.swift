/// Draws a token from one row of logits, by the rules and in the order of `docs/sampling.md`.
///
/// Owns the scratch memory for one row, so that a draw allocates nothing; one thread uses a sampler at a time.
/// A draw depends on the row and the sequence's state alone: every sum has a fixed order, the exponential has
/// the same bits on all instruction sets, and the random number belongs to the position.
package struct Sampler: ~Copyable, @unchecked Sendable {
  /// Number of logits in a row.
  package let vocabularySize: Int

  /// Largest logit of each chunk of `Row.chunkSize` tokens.
  let chunkMaxima: UnsafeMutablePointer<Float>
  /// Sum of the unnormalised probabilities of each chunk.
  let chunkMasses: UnsafeMutablePointer<Double>
  /// A buffer for a selection among single values.
  let values: UnsafeMutablePointer<Float>
  /// Sum of the unnormalised probabilities in each `MassBucket`.
  let bucketMasses: UnsafeMutablePointer<Double>
  /// Tokens that top-p chooses among, as `NucleusKey`s in ascending order of id; before that a constraint's mask.
  let candidates: UnsafeMutablePointer<UInt64>
  /// The same in the order that the selection leaves.
  let selection: UnsafeMutablePointer<UInt64>
  private var buffersForScores: ScoreBuffers?

  /// A sampler for rows of `vocabularySize` logits, 1 ..< 2³¹; takes about 20 bytes for each, and 4
  /// more once log-probabilities are asked for.
  package init(vocabularySize: Int) {
    precondition(vocabularySize > 0 && vocabularySize <= Int(Int32.max), "a row has 1..<2^31 logits")
    self.vocabularySize = vocabularySize
    let chunkCount = Row.chunkCount(vocabularySize)
    chunkMaxima = .allocate(capacity: chunkCount)
    chunkMasses = .allocate(capacity: chunkCount)
    values = .allocate(capacity: vocabularySize)
    bucketMasses = .allocate(capacity: MassBucket.count)
    candidates = .allocate(capacity: vocabularySize)
    selection = .allocate(capacity: vocabularySize)
  }

  deinit {
    chunkMaxima.deallocate()
    chunkMasses.deallocate()
    values.deallocate()
    bucketMasses.deallocate()
    candidates.deallocate()
    selection.deallocate()
  }

  /// Draws the next token of a sequence from its logits, fp32, `vocabularySize` of them, which are destroyed.
  ///
  /// Throws when the logits hold NaN or plus infinity, or exclude every token. The state is not changed: append
  /// the token to it. Costs O(vocabulary + distinct tokens of the history), expected.
  package mutating func sample(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState
  ) throws(SamplingError) -> Int32 {
    checkCount(logits.count)
    let row = Row(logits)
    row.adjust(by: state, scratch: values, mask: candidates)
    let largest = try row.scan(chunkMaxima)
    if state.isGreedy { return row.firstIndex(of: largest, chunkMaxima) }
    let floor = topKFloor(row, state.topK, chunkMaxima)
    let total = row.exponentiate(
      largest: largest, floor: floor, state, chunkMaxima: chunkMaxima, chunkMasses: chunkMasses)
    let uniform = state.stream.uniform(at: state.outputTokenCount)
    if state.topP < 1 { return drawFromNucleus(row, total: total, share: state.topP, uniform) }
    return row.draw(uniform, total: total, chunkMasses)
  }

  func checkCount(_ logitCount: Int) {
    precondition(logitCount == vocabularySize, "a row has as many logits as the vocabulary has tokens")
  }

  /// The buffers for log-probabilities, made when they are first needed.
  mutating func scoreBuffers() -> ScoreBuffers {
    if let buffersForScores { return buffersForScores }
    let buffers = ScoreBuffers(vocabularySize: vocabularySize)
    buffersForScores = buffers
    return buffers
  }
}

/// Why no token could be drawn; the request ends with an error, its neighbours go on.
package enum SamplingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A logit is NaN or plus infinity: the model's arithmetic failed.
  case invalidLogits
  /// Every token is excluded: all logits are minus infinity.
  case noTokenLeft

  /// One sentence for the user.
  package var description: String {
    switch self {
    case .invalidLogits: "the model computed logits that are NaN or infinite"
    case .noTokenLeft: "the model and the request together exclude every token"
    }
  }
}
