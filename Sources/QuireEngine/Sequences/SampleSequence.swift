import QuireModels
import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// One sample on its way: its tokens, its text so far, and what its sampler must remember.
final class SampleSequence: EngineSequence {
  let request: PreparedRequest
  /// The log-probabilities of the prompt, where the request asks for them and this sequence computes it.
  var promptScoring: PromptScoring?
  var scoring: (any RowScoring)? { promptScoring }

  /// Which of the request's samples it is, from 0.
  private let sampleIndex: Int
  private var sampling: SamplingState
  /// Prompt and output.
  private var tokenIDs: [Int32]
  private var text: AnswerText
  private var logprobs: LogprobRecord
  private let reportsUpdates: Bool
  /// What expects its next tokens; nil until somebody asks.
  private var drafter: Drafter?
  /// Whether the answer is complete.
  private(set) var hasEnded = false

  /// The first sample of a request, without output.
  init(_ request: PreparedRequest, tokenizer: Tokenizer, reportsUpdates: Bool) {
    self.request = request
    // Answers that are chosen at the end are told as a whole.
    self.reportsUpdates = reportsUpdates && !request.params.ranksSamples
    sampleIndex = 0
    tokenIDs = request.promptTokenIDs
    sampling = request.makeSamplingState()
    promptScoring = PromptScoring(request)
    logprobs = LogprobRecord(request.params)
    text = AnswerText(request, tokenizer: tokenizer)
  }

  /// Another sample of the request of `first`, which has no output yet.
  private init(forking first: SampleSequence, sampleIndex: Int) {
    request = first.request
    reportsUpdates = first.reportsUpdates
    self.sampleIndex = sampleIndex
    tokenIDs = first.tokenIDs
    sampling = first.sampling(ofSample: sampleIndex)
    logprobs = first.logprobs
    text = first.text
  }

  /// What the sampler needs to draw the first token of a sample from this one's prompt.
  private func sampling(ofSample index: Int) -> SamplingState {
    var state = sampling
    state.stream = request.stream(ofSample: index)
    return state
  }

  /// All samples of a request, without output; none scores the prompt.
  static func parted(
    _ request: PreparedRequest, _ tokenizer: Tokenizer, reportsUpdates: Bool
  ) -> [SampleSequence] {
    let first = SampleSequence(request, tokenizer: tokenizer, reportsUpdates: reportsUpdates)
    return (0..<request.params.sampleCount).map { SampleSequence(forking: first, sampleIndex: $0) }
  }

  /// The output so far.
  var outputTokenIDs: [Int32] { Array(tokenIDs[request.promptTokenIDs.count...]) }

  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> {
    guard places.upperBound > tokenIDs.count, let drafter else { return tokenIDs[places] }
    return (tokenIDs[places.lowerBound...] + drafter.tokens[..<(places.upperBound - tokenIDs.count)])[...]
  }

  func expectTokens(_ rates: AcceptanceRates, _ draft: ((_ text: [Int32]) -> [Int32])?) -> Drafter? {
    let drafter = self.drafter ?? Drafter(rates)
    self.drafter = drafter
    let outputTokenCount = tokenIDs.count - request.promptTokenIDs.count
    let checker = request.stopChecker
    // The last token that the answer may have needs no row of its own.
    let room = checker.outputTokenLimit - outputTokenCount - 1
    if let draft {
      drafter.expect(Array(draft(tokenIDs).prefix(max(room, 0))))
    } else {
      drafter.expect(after: tokenIDs, sampling, atMost: min(room, Drafter.greatestCount)) { token, more in
        checker.decision(appending: token, outputTokenCount: outputTokenCount + more + 1) != nil
      }
    }
    return drafter
  }

  func draftRun(_ count: Int) -> DraftRun { DraftRun(drafter?.tokens.prefix(count) ?? [], sampling) }

  /// Takes a draw of an earlier engine, of a token of the vocabulary; false where it cannot be this sample's.
  func replay(_ draw: Draw, _ tokenizer: Tokenizer, _ change: inout SequenceAdvance) -> Bool {
    guard !hasEnded, sampling.admits(draw.tokenID) else { return false }
    take(draw, SequenceID(sampleIndex), tokenizer, &change)
    return true
  }

  /// Samples that part from a prompt are constrained alike.
  func openTokens(draftCount: Int) -> [ModelBatch.OpenTokens?] {
    sampling.openTokenIDs(expecting: drafter?.tokens.prefix(draftCount) ?? []).map {
      $0.map { ModelBatch.OpenTokens($0.tokenIDs, endTokenIDs: $0.endTokenIDs) }
    }
  }

  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, _ entry: ScheduledSequence, _ sampler: ThreadSampler
  ) -> Result<RowDraw, SamplingError> {
    guard entry.sampleCount > 1 else { return sampler.draw(logits, sampling).map { .token($0) } }
    return sampler.draw(logits, (0..<entry.sampleCount).map { sampling(ofSample: $0) }).map { .tokens($0) }
  }

  func advance(
    _ row: RowDraw, _ others: [RowDraw], _ entry: ScheduledSequence, _ tokenizer: Tokenizer,
    into change: inout SequenceAdvance
  ) {
    switch row {
    case .token(let draw): take(draw, entry.sequenceID, tokenizer, &change)
    case .tokens(let draws):
      // Forked before the first sample goes on.
      let forks = draws.indices.dropFirst().map { SampleSequence(forking: self, sampleIndex: $0) }
      take(draws[0], entry.sequenceID, tokenizer, &change)
      for (id, (fork, draw)) in zip(entry.sampleIDs.dropFirst(), zip(forks, draws.dropFirst())) {
        if !fork.take(draw, id, tokenizer, &change) { change.forks.append((id, fork)) }
      }
    case .run(let draws, let failure):
      // What was drawn behind the answer's end is nobody's.
      for draw in draws where take(draw, entry.sequenceID, tokenizer, &change) { return }
      change.failure = failure
    case .candidates, .scores, .pooled: preconditionFailure("a sample draws tokens")
    }
  }

  /// Appends what was drawn; true where the answer ends with it.
  @discardableResult
  private func take(
    _ draw: Draw, _ id: SequenceID, _ tokenizer: Tokenizer, _ change: inout SequenceAdvance
  ) -> Bool {
    if let drafter {
      drafter.take(draw.tokenID)
      sampling.noteForOthers(draw.tokenID)
    }
    tokenIDs.append(draw.tokenID)
    logprobs.append(draw, sampling, tokenizer: tokenizer)
    sampling.append(draw.tokenID)
    let outputTokenIDs = tokenIDs[request.promptTokenIDs.count...]
    let end =
      text.append(draw.tokenID, outputTokenCount: outputTokenIDs.count)
      ?? (sampling.isComplete ? .complete : nil)
    change.outputTokenCount += 1
    change.sampled.append(SampledResult(sequenceID: id, tokenID: draw.tokenID, isFinished: end != nil))
    if reportsUpdates {
      let (said, thought) = text.takeReleasable(isFinished: end != nil)
      change.updates.append(
        RequestUpdate(
          index: sampleIndex, text: said, reasoning: thought, tokenIDs: [draw.tokenID],
          logprobs: logprobs.positions.map { [$0[$0.count - 1]] }, finishReason: end?.finishReason,
          stopReason: end?.stopReason))
    }
    guard let end else { return false }
    hasEnded = true
    let (said, thought) = text.parts
    let answer = CompletionOutput(
      index: sampleIndex, text: said, reasoning: thought, tokenIDs: Array(outputTokenIDs),
      finishReason: end.finishReason,
      stopReason: end.stopReason, cumulativeLogprob: logprobs.cumulative, unforcedLogprob: logprobs.unforced,
      logprobs: logprobs.positions)
    change.ended.append(
      EndedSequence(id: id, answers: [answer], promptLogprobs: promptScoring?.positions))
    return true
  }
}
