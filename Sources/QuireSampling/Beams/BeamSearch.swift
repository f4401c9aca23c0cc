package import QuireRequests

/// One beam search: which beams go on, which have ended, and when nothing better can come.
///
/// A plain value over token ids and log-probabilities. Its rules are those of Hugging Face transformers
/// (`generation/utils.py`, `_beam_search`), the count of the length among them: generated tokens, the end token
/// included. `docs/beam-search.md` states them.
package struct BeamSearch: Sendable {
  /// A text that goes on.
  package struct Beam: Sendable {
    /// The output so far.
    package var tokenIDs: [Int32] = []
    /// Sum of the tokens' log-probabilities.
    package var cumulativeLogprob = 0.0
    /// The same without the tokens that were forced.
    package var unforcedLogprob = 0.0
    /// The log-probabilities of each token, where the request asks for them.
    package var logprobs: [PositionLogprobs] = []
    /// What the sampler knows of it.
    package var state: SamplingState
  }

  /// A text that has ended.
  package struct Hypothesis: Sendable, Equatable {
    /// The output, the token that ended it included.
    package let tokenIDs: [Int32]
    /// Sum of the tokens' log-probabilities.
    package let cumulativeLogprob: Double
    /// The same without the tokens that were forced.
    package let unforcedLogprob: Double
    /// The sum divided by the length to the power of the length penalty: what ranks it.
    package let score: Double
    /// The log-probabilities of each token, where the request asks for them.
    package let logprobs: [PositionLogprobs]
    /// How it ended.
    package let end: StopDecision
  }

  /// The beams that go on, the most likely first; one before the first token, then at most `width`.
  package private(set) var beams: [Beam]
  /// The best texts that have ended, at most `width`, the best first.
  package private(set) var hypotheses: [Hypothesis] = []
  /// Number of output tokens of each beam.
  package private(set) var outputTokenCount = 0
  /// What the last step took of its candidates, in order of rank.
  package private(set) var lastChoices: [BeamChoice] = []

  private let width: Int
  private let lengthPenalty: Double
  private let earlyStopping: SamplingParams.EarlyStopping
  private let outputTokenLimit: Int
  private let endTokenCount: Int

  /// A search without output.
  ///
  /// - Parameters:
  ///   - params: valid, with `useBeamSearch`.
  ///   - state: of the prompt.
  ///   - stopChecker: what ends a text by its last token or its length.
  package init(params: SamplingParams, state: SamplingState, stopChecker: StopChecker) {
    width = params.beamWidth
    lengthPenalty = params.lengthPenalty
    earlyStopping = params.earlyStopping
    outputTokenLimit = stopChecker.outputTokenLimit
    endTokenCount = stopChecker.endTokenIDs.count
    beams = [Beam(state: state)]
  }

  /// Number of candidates that are looked at in a step: enough that `width` of them go on, however many of each beam's
  /// end with an end token. Where stop strings or a constraint end more, fewer beams may go on.
  package var candidateCount: Int { max(2, 1 + endTokenCount) * width }

  /// Takes the next token of every beam.
  ///
  /// - Parameters:
  ///   - candidates: for each of `beams` its most likely next tokens, at least `candidateCount` of them or all that
  ///     are not excluded.
  ///   - end: how the text of a beam ends with a token; nil where it goes on.
  /// - Returns: for each beam that goes on, the one that it continues; empty when the search is over.
  package mutating func advance(
    _ candidates: [[BeamCandidate]], end: (_ beam: Int, _ tokenID: Int32) -> StopDecision?
  ) -> [Int] {
    let ranked = rank(candidates)
    outputTokenCount += 1
    lastChoices.removeAll(keepingCapacity: true)
    var next: [Beam] = []
    var parents: [Int] = []
    for (rank, candidate) in ranked.enumerated() {
      if let decision = end(candidate.beam, candidate.choice.tokenID) {
        // The others are there only so that enough go on.
        guard rank < width else { continue }
        lastChoices.append(candidate.asChoice)
        keep(candidate, decision)
      } else if next.count < width {
        lastChoices.append(candidate.asChoice)
        next.append(extend(candidate))
        parents.append(candidate.beam)
      }
    }
    beams = next
    if isOver {
      beams = []
      return []
    }
    return parents
  }

  /// A continuation of one of the beams.
  private struct Continuation {
    let beam: Int
    let choice: BeamCandidate
    let cumulativeLogprob: Double

    var asChoice: BeamChoice {
      BeamChoice(
        beam: beam, tokenID: choice.tokenID, logprob: choice.logprob, logprobs: choice.logprobs)
    }
  }

  /// The text of a beam with one token more.
  private func extend(_ continuation: Continuation) -> Beam {
    var beam = beams[continuation.beam]
    beam.tokenIDs.append(continuation.choice.tokenID)
    beam.cumulativeLogprob = continuation.cumulativeLogprob
    if !beam.state.forces(continuation.choice.tokenID) {
      beam.unforcedLogprob += Double(continuation.choice.logprob)
    }
    beam.state.append(continuation.choice.tokenID)
    if let logprobs = continuation.choice.logprobs { beam.logprobs.append(logprobs) }
    return beam
  }

  /// The best continuations of all beams, the best first; of equal ones that of the earlier beam, then of the lower id.
  private func rank(_ candidates: [[BeamCandidate]]) -> ArraySlice<Continuation> {
    var all: [Continuation] = []
    for (index, beam) in beams.enumerated() {
      for candidate in candidates[index] {
        all.append(
          Continuation(
            beam: index, choice: candidate,
            cumulativeLogprob: beam.cumulativeLogprob + Double(candidate.logprob)))
      }
    }
    all.sort {
      ($1.cumulativeLogprob, $0.beam, $0.choice.tokenID) < ($0.cumulativeLogprob, $1.beam, $1.choice.tokenID)
    }
    return all.prefix(candidateCount)
  }

  /// Puts an ended text into its place, as far as it is among the best.
  private mutating func keep(_ candidate: Continuation, _ end: StopDecision) {
    let score = score(candidate.cumulativeLogprob, length: outputTokenCount)
    let place = hypotheses.firstIndex { $0.score < score } ?? hypotheses.count
    guard place < width else { return }
    let text = extend(candidate)
    hypotheses.insert(
      Hypothesis(
        tokenIDs: text.tokenIDs, cumulativeLogprob: text.cumulativeLogprob,
        unforcedLogprob: text.unforcedLogprob, score: score, logprobs: text.logprobs, end: end), at: place)
    if hypotheses.count > width { hypotheses.removeLast() }
  }

  private func score(_ cumulativeLogprob: Double, length: Int) -> Double {
    cumulativeLogprob / Power.of(Double(length), lengthPenalty)
  }

  /// Whether no beam goes on, or none is expected to beat the texts that have ended.
  private var isOver: Bool {
    guard let best = beams.first else { return true }
    guard hypotheses.count == width, let worst = hypotheses.last else { return false }
    if earlyStopping == .whenEnoughFinished { return true }
    let length =
      earlyStopping == .never && lengthPenalty > 0 ? outputTokenLimit : outputTokenCount
    return score(best.cumulativeLogprob, length: length) <= worst.score
  }
}

/// A token that may follow a beam.
package struct BeamCandidate: Sendable, Equatable {
  /// The id of the token.
  package let tokenID: Int32
  /// The token's log-probability, after what the request excludes, favours and punishes.
  package let logprob: Float
  /// What an answer reports of it, before all that; nil where the request does not ask.
  let reported: TokenLogprob?
  /// The most likely tokens of its row, which the answer reports beside it.
  let likeliest: PositionLogprobs

  /// A candidate; each argument is the field of its name.
  init(
    tokenID: Int32, logprob: Float, reported: TokenLogprob? = nil, likeliest: PositionLogprobs = []
  ) {
    self.tokenID = tokenID
    self.logprob = logprob
    self.reported = reported
    self.likeliest = likeliest
  }

  /// The entries of its position, without text, where the request asks for them.
  var logprobs: PositionLogprobs? {
    reported.map { .position(of: $0, likeliest) }
  }
}
