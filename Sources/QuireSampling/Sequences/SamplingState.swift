package import QuireRequests
package import QuireStructuredOutput

/// What the sampler must know of one sequence: its settings in the form that a row needs, its random stream and
/// its history.
///
/// Belongs to the sequence, not to the batch. A fork is a copy with another `stream`.
package struct SamplingState: Sendable {
  /// The sequence's random numbers.
  package var stream: RandomStream
  /// Number of output tokens so far, which is the position of the next draw.
  package private(set) var outputTokenCount = 0

  let isGreedy: Bool
  /// What divides the logits, at least 0.01.
  let temperature: Float
  /// Number of tokens kept, 0 for all.
  let topK: Int
  /// Share of the probability kept, (0, 1].
  let topP: Double
  /// Least share of the largest probability, 0…1.
  let minP: Float
  /// Ids that may not be drawn while `outputTokenCount < minTokens`.
  let maskedTokenIDs: [Int32]
  let minTokens: Int
  /// Number of most likely tokens that a draw reports, −1 for all; nil reports nothing.
  let reportedLogprobs: Int?
  /// Tokens that a draw reports beside those, each once.
  let reportedTokenIDs: [Int32]
  private(set) var constraints: TokenConstraints?
  /// What the whole answer must be; nil where it is free. It waits while a thought is open that the prompt began.
  private(set) var structure: AnswerStructure?
  /// How far the thought before the answer has come; nil where nothing depends on it.
  private(set) var thought: ThoughtProgress?
  let penalties: Penalties?
  private(set) var history: TokenHistory?

  /// The three penalties; nil in a state whose penalties all are off.
  struct Penalties: Sendable {
    /// A normal number above 0, 1 when off: fp32 has neither 0 nor infinity where a penalty allows neither.
    let repetition: Float
    let frequency: Float
    let presence: Float

    init?(_ params: SamplingParams) {
      guard params.repetitionPenalty != 1 || params.frequencyPenalty != 0 || params.presencePenalty != 0
      else {
        return nil
      }
      let repetition = Float(params.repetitionPenalty)
      self.repetition = min(max(repetition, .leastNormalMagnitude), .greatestFiniteMagnitude)
      frequency = Float(params.frequencyPenalty)
      presence = Float(params.presencePenalty)
    }
  }

  /// The state of a sequence without output; `params` are valid and need not be normalized.
  ///
  /// - Parameters:
  ///   - tokenConstraints: which tokens `params` favours and forbids.
  ///   - constraint: `params.structuredOutputs`, compiled for the model's vocabulary.
  ///   - thought: what is known of the thought before the answer; nil where nothing depends on it.
  package init(
    params: SamplingParams, promptTokenIDs: [Int32], stopChecker: StopChecker,
    tokenConstraints: TokenConstraints? = nil, constraint: CompiledConstraint? = nil,
    thought: ThoughtProgress? = nil, stream: RandomStream
  ) {
    let params = params.normalized()
    self.stream = stream
    isGreedy = params.isGreedy
    temperature = Float(params.temperature)
    topK = params.topK
    topP = params.topP
    minP = Float(params.minP)
    maskedTokenIDs = stopChecker.minTokens > 0 ? stopChecker.maskedTokenIDs : []
    minTokens = stopChecker.minTokens
    reportedLogprobs = params.reportedLogprobs
    reportedTokenIDs = params.logprobTokenIDs
    constraints = tokenConstraints
    structure = constraint.map { AnswerStructure($0, stopChecker: stopChecker) }
    self.thought = thought
    penalties = Penalties(params)
    history = penalties == nil ? nil : TokenHistory(promptTokenIDs: promptTokenIDs)
  }

  /// Counts the token that was drawn.
  package mutating func append(_ tokenID: Int32) {
    outputTokenCount += 1
    history?.append(tokenID)
    constraints?.append(tokenID)
    if !structureWaits { structure?.append(tokenID) }
    thought?.append(tokenID)
  }

  /// Whether the constraint on the answer lets a token of the vocabulary come next, `min_tokens` and the answer's
  /// length apart.
  package func admits(_ tokenID: Int32) -> Bool {
    guard !structureWaits, var structure else { return true }
    return structure.advance(by: tokenID)
  }

  /// How many of some tokens, from the first on, the constraint on the answer lets follow each other, as `admits` says.
  package func admittedCount(of tokens: ArraySlice<Int32>) -> Int {
    guard !structureWaits, var structure else { return tokens.count }
    return tokens.firstIndex { !structure.advance(by: $0) }.map { $0 - tokens.startIndex } ?? tokens.count
  }

  /// Notes for later answers to the same constraint which token comes next in this one.
  package func noteForOthers(_ tokenID: Int32) {
    if !structureWaits { structure?.note(tokenID) }
  }

  /// Calls `body` with the tokens that earlier answers to the same constraint let expect, and how often in a row each came
  /// where it is expected, until it returns false or nothing more is expected.
  package func forEachExpectedToken(_ body: (Int32, _ streak: UInt8) -> Bool) {
    if !structureWaits { structure?.forEachExpectedToken(body) }
  }

  /// Whether the constraint on the answer does not hold yet, since the model still thinks.
  var structureWaits: Bool { thought?.holdsBackAnswer ?? false }

  /// The one token that may come now; nil where there is a choice. A thought ends in time for the shortest answer that
  /// its constraint admits.
  var forcedTokenID: Int32? {
    guard let thought else { return nil }
    let mustAnswer = structureWaits && structure?.canBeginLater(outputTokenCount: outputTokenCount) == false
    return mustAnswer ? thought.markers.endTokenID : thought.forcedTokenID
  }

  /// The most tokens of ``openTokenIDs``.
  private static let openTokenLimit = 512

  /// Tokens among which all are that may be drawn next, the ends of an answer apart: no other's logit has an effect on the
  /// draw. Nil where these are many, where it would take long to know them, and where log-probabilities are reported, which
  /// depend on all logits.
  package var openTokenIDs: (tokenIDs: [Int32], endTokenIDs: [Int32])? {
    guard reportedLogprobs == nil else { return nil }
    if let forcedTokenID { return ([forcedTokenID], []) }
    if let allowed = constraints?.allowedTokenIDs, allowed.count <= Self.openTokenLimit {
      return (allowed, [])
    }
    guard !structureWaits, let structure, let few = structure.fewTokenIDs else { return nil }
    return (few, structure.endTokenIDs)
  }

  /// ``openTokenIDs`` now, and behind each of the tokens that are expected; nil behind one that may not come. Empty where
  /// no token would have any.
  package func openTokenIDs(
    expecting tokens: ArraySlice<Int32>
  ) -> [(tokenIDs: [Int32], endTokenIDs: [Int32])?] {
    let isConstrained = structure != nil || thought != nil || constraints?.allowedTokenIDs != nil
    guard isConstrained, reportedLogprobs == nil else { return [] }
    var state = self
    var open = [state.openTokenIDs]
    for token in tokens {
      guard state.admits(token) else { break }
      state.append(token)
      open.append(state.openTokenIDs)
    }
    return open + repeatElement(nil, count: tokens.count + 1 - open.count)
  }

  /// Whether a token that was drawn next is no choice of the model's: the constraint on the answer, or the end of a thought,
  /// left nothing else.
  package func forces(_ tokenID: Int32) -> Bool {
    if let forcedTokenID { return forcedTokenID == tokenID }
    guard !structureWaits, let structure else { return false }
    return structure.forces(tokenID, outputTokenCount: outputTokenCount)
  }

  /// Whether the answer has to be complete, is, and nothing may follow it, not even a token that ends it.
  package var isComplete: Bool {
    !structureWaits && structure?.isComplete(outputTokenCount: outputTokenCount) ?? false
  }

  /// Whether the answer would be so with one token more, which may follow.
  package func isComplete(appending tokenID: Int32) -> Bool {
    guard var structure else { return false }
    guard !structureWaits else { return false }
    structure.append(tokenID)
    return structure.isComplete(outputTokenCount: outputTokenCount + 1)
  }
}
