import QuireModels
import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// One of the scheduler's sequences on its way: a sample of a request, or its beam search.
///
/// All that tells the shapes of a request apart is behind this protocol; the runner and the engine's loop know none of
/// them.
protocol EngineSequence: AnyObject {
  /// The request that it belongs to.
  var request: PreparedRequest { get }

  /// What scores tokens of the sequence, or ones that may follow it; nil where nothing is scored.
  var scoring: (any RowScoring)? { get }

  /// The tokens at some places of prompt and output, and of the drafts behind them, of one of its beams; a sample is beam
  /// 0.
  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32>

  /// Expects the next tokens, for drafts; nil where the sequence drafts none, as beams do.
  ///
  /// - Parameters:
  ///   - rates: of the engine.
  ///   - draft: says what to expect of prompt and output; nil where the sequence is to know.
  func expectTokens(_ rates: AcceptanceRates, _ draft: ((_ text: [Int32]) -> [Int32])?) -> Drafter?

  /// What is to be drawn in a step that holds so many drafts, at least 1, of those that were expected.
  func draftRun(_ count: Int) -> DraftRun

  /// The tokens that the logits of its last token are needed of, and those of so many drafts behind it; nil for all, and
  /// empty where all of each are needed.
  func openTokens(draftCount: Int) -> [ModelBatch.OpenTokens?]

  /// The tokens among those that a step computes whose hidden states are wanted, which may be none; nil for a sequence that
  /// wants logits.
  func hiddenPlaces(in computed: Range<Int>) -> Range<Int>?

  /// Takes the hidden state of the token at a place. In the order of places, on one thread at a time.
  func takeHiddenState(_ state: UnsafeBufferPointer<Float>, at place: Int)

  /// Draws from the logits of one beam's last token, which are destroyed. On any thread, and for each beam on another.
  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, _ entry: ScheduledSequence, _ sampler: ThreadSampler
  ) -> Result<RowDraw, SamplingError>

  /// Goes on with what was drawn from its row, or from its first beam's and from those of the other beams.
  ///
  /// - Parameter change: empty; takes what becomes of the sequence.
  func advance(
    _ row: RowDraw, _ others: [RowDraw], _ entry: ScheduledSequence, _ tokenizer: Tokenizer,
    into change: inout SequenceAdvance)
}

/// What was drawn from one row of logits.
enum RowDraw {
  /// The next token of a sample.
  case token(Draw)
  /// A token for each of the samples that part here, this one first.
  case tokens([Draw])
  /// The next token of a sample, and those after it whose drafts were right; at the end perhaps why there are no more.
  case run([Draw], SamplingError?)
  /// The most likely next tokens of a beam.
  case candidates([BeamCandidate])
  /// How likely the tokens are that may follow a way through texts that are scored.
  case scores([PositionLogprobs])
  /// Nothing: the text has been read.
  case pooled
}

/// What a step made of one sequence, for the scheduler and for its request.
struct SequenceAdvance {
  /// The tokens that samples gained.
  var sampled: [SampledResult] = []
  /// What became of the beams.
  var beams: BeamResult?
  /// Where a sequence goes on that goes through several texts.
  var turn: TurnResult?
  /// Number of tokens drawn.
  var outputTokenCount = 0
  /// Why no token could be drawn after them.
  var failure: SamplingError?
  /// Samples that parted from this one and go on.
  var forks: [(id: SequenceID, sequence: any EngineSequence)] = []
  /// Sequences that ended.
  var ended: [EndedSequence] = []
  /// What is new of answers whose request asks to be told.
  var updates: [RequestUpdate] = []
  /// What a beam search took of its candidates; empty for a sample.
  var choices: [BeamChoice] = []

  /// Forgets all, but keeps the memory.
  mutating func removeAll() {
    sampled.removeAll(keepingCapacity: true)
    beams = nil
    turn = nil
    outputTokenCount = 0
    failure = nil
    forks.removeAll(keepingCapacity: true)
    ended.removeAll(keepingCapacity: true)
    updates.removeAll(keepingCapacity: true)
    choices.removeAll(keepingCapacity: true)
  }
}

/// A sequence that has ended, with what it leaves to its request.
struct EndedSequence {
  let id: SequenceID
  /// One answer of a sample; of a beam search all that are returned, the best first.
  let answers: [CompletionOutput]
  /// The prompt's log-probabilities, from the sequence that computed it.
  let promptLogprobs: [PositionLogprobs?]?
  /// The scores of the request's texts; nil where it has answers.
  var scores: [ContinuationScore]?
  /// The pooled hidden states of a sequence that has no answers.
  var pooled: [Float]?
}

extension EngineSequence {
  var scoring: (any RowScoring)? { nil }

  func expectTokens(_ rates: AcceptanceRates, _ draft: ((_ text: [Int32]) -> [Int32])?) -> Drafter? { nil }

  /// Logits are wanted.
  func hiddenPlaces(in computed: Range<Int>) -> Range<Int>? { nil }

  func takeHiddenState(_ state: UnsafeBufferPointer<Float>, at place: Int) {
    preconditionFailure("the sequence wants no hidden states")
  }

  /// All of each.
  func openTokens(draftCount: Int) -> [ModelBatch.OpenTokens?] { [] }

  func draftRun(_ count: Int) -> DraftRun { preconditionFailure("the sequence drafts nothing") }
}

extension PreparedRequest {
  /// The sequence that a request begins with. `reportsUpdates`: whether it is to tell of each token.
  func makeFirstSequence(_ tokenizer: Tokenizer, reportsUpdates: Bool) -> any EngineSequence {
    if let scoring { return ScoreSequence(self, scoring) }
    if let pooling { return PooledSequence(self, pooling) }
    return params.useBeamSearch
      ? BeamSequence(self, tokenizer: tokenizer)
      : SampleSequence(self, tokenizer: tokenizer, reportsUpdates: reportsUpdates)
  }
}
