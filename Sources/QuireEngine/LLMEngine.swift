import QuireModels
import QuirePlatform
package import QuireRequests
import QuireSampling
import QuireScheduling

/// Runs requests to their end in continuous batches: schedule → run → sample → check stops → update.
///
/// Synchronous, and owned by one thread. Requests may be added and aborted between steps.
package final class LLMEngine {
  /// The model's tokenizer, lengths and defaults.
  package let context: ModelContext
  /// What has been done so far.
  package private(set) var statistics = EngineStatistics()

  /// Told of each step; nil for nobody.
  package var observer: (any StepObserver)?

  /// Whether ``draws`` is kept.
  package var recordsDraws = false
  /// What the last step drew for requests that go on, in the order of its batch.
  package private(set) var draws: [StepDraw] = []

  /// Where it is set, before the first request, drafts are what it says of prompt and output, and as many as the
  /// answer may still have: whatever it says, answers stay the same.
  package var draft: ((_ text: [Int32]) -> [Int32])? {
    didSet { speculator = draft.map { Speculator(.always($0)) } }
  }

  private let shape: ModelShape
  private var scheduler: Scheduler
  private let runner: ModelRunner
  private var requests: [UInt64: RequestAnswers] = [:]
  private var sequences: [SequenceID: any EngineSequence] = [:]
  /// What drafts tokens; nil for nobody.
  private var speculator: Speculator?
  /// The sequences that the last step drew from and that go on, where somebody drafts for them.
  private var live: [(id: SequenceID, sequence: any EngineSequence)] = []
  /// How many drafts of the step under way were right, of the sequences that had some that were.
  private var acceptedDraftCounts: [SequenceID: Int] = [:]
  /// What came of the step under way.
  private var finished: [FinishedRequest] = []
  private var updates: [(requestID: UInt64, update: RequestUpdate)] = []
  private var results: [SampledResult] = []
  private var beamResults: [BeamResult] = []
  private var turns: [TurnResult] = []
  /// What became of the sequence that is being looked at.
  private var change = SequenceAdvance()
  /// Sequences that an observer has yet to be told of, since their requests failed or were aborted.
  private var forgottenSequenceIDs: [SequenceID] = []

  /// Packs the weights and plans the cache's addresses; its memory is touched as sequences use it.
  ///
  /// Throws `EngineError.modelFile` that names the missing, misshapen or damaged tensor, and `EngineError.option` where
  /// the process's limits leave too little address space, or where several engines are asked for (``EngineGroup``).
  package convenience init(context: ModelContext) throws(EngineError) {
    try context.checkOneEngine()
    self.init(try LoadedModel(context: context))
  }

  /// Plans the cache's addresses; the weights are in memory.
  ///
  /// - Parameters:
  ///   - threadCount: threads of a team of its own; nil for the threads that packed the weights.
  ///   - firstSequenceID: names its first sequence.
  init(_ model: LoadedModel, threadCount: Int? = nil, firstSequenceID: SequenceID = 0) {
    context = model.context
    shape = context.package.shape
    var configuration = context.schedulerConfiguration
    configuration.firstSequenceID = firstSequenceID
    do {
      scheduler = try Scheduler(configuration)
    } catch {
      preconditionFailure("the configuration was checked, and the plan has a block: \(error)")
    }
    runner = ModelRunner(model, on: threadCount.map(ThreadTeam.init(threadCount:)) ?? model.team)
    if context.configuration.drafts { speculator = Speculator() }
  }

  /// Whether a key or value was too large for the KV cache's numbers, and was stored as the greatest of them.
  package var cacheHasSaturated: Bool { runner.cacheHasSaturated }

  /// Requests that have been added and have not finished.
  package var unfinishedRequestCount: Int { requests.count }

  /// Takes a request in, behind those that wait.
  ///
  /// - Parameters:
  ///   - id: names the request in this engine; one that is in use is a programmer's mistake.
  ///   - reportsUpdates: whether `step` is to tell of its tokens as they come.
  ///   - draws: what ``draws`` said of the same request in an earlier engine of the same model, all of it in order. The
  ///     answers are the same, to the last bit, as if this engine had drawn it; it is not told again.
  /// - Returns: the number of tokens that the request goes on from; 0 where it begins anew, since it has no draws or they
  ///   cannot be its own.
  /// - Throws: `RequestError`, changing nothing, where the cache or a step could never hold it.
  @discardableResult
  package func add(
    _ request: PreparedRequest, id: UInt64, reportsUpdates: Bool = false, resuming draws: [RecordedDraw] = []
  ) throws(RequestError) -> Int {
    let resumed = context.resumed(request, draws, reportsUpdates: reportsUpdates)
    try add(request, id: id, reportsUpdates: reportsUpdates, isUrgent: false, resumed)
    return resumed?.outputTokenCount ?? 0
  }

  /// Takes a request in, with its sequences where it is gone on with.
  ///
  /// - Parameter isUrgent: whether it goes before all that are not, as those of `add(_:id:reportsUpdates:resuming:)`.
  func add(
    _ request: PreparedRequest, id: UInt64, reportsUpdates: Bool, isUrgent: Bool, _ resumed: ResumedRequest?
  ) throws(RequestError) {
    let params = request.params
    let first: SequenceID
    do {
      first = try scheduler.add(
        requestID: id, promptTokenIDs: request.promptTokenIDs, outputTokenLimit: request.outputTokenLimit,
        sampleCount: params.sampleCount, beamWidth: params.beamWidth, isUrgent: isUrgent,
        isContinuation: request.isContinuation, readsPrefixCache: request.readsPrefixCache,
        prefixTokenLimit: request.scoring.map { $0.contextTokenCount - 1 } ?? .max,
        turnsBack: request.scoring != nil,
        prefixVariant: shape.prefixVariant(promptTokenCount: request.wholePromptTokenCount),
        resumed: resumed?.places ?? [])
    } catch {
      throw RequestError(scheduler: error, of: request)
    }
    let answers = RequestAnswers(request, firstSequenceID: first, reportsUpdates: reportsUpdates)
    if let resumed {
      for sequence in resumed.ended { _ = answers.take(sequence) }
      for (index, sequence) in resumed.sequences { sequences[first + SequenceID(index)] = sequence }
    } else {
      sequences[first] = request.makeFirstSequence(context.tokenizer, reportsUpdates: reportsUpdates)
    }
    requests[id] = answers
    statistics.resumedTokenCount += resumed?.outputTokenCount ?? 0
  }

  /// Forgets the blocks that requests so far could have shared with later ones; no step may be under way.
  package func resetPrefixCache() { scheduler.resetPrefixCache() }

  /// Abandons a request; nothing happens where it has finished.
  package func abort(requestID: UInt64) {
    if scheduler.abort(requestID) { forget(requestID) }
  }

  private func forget(_ requestID: UInt64) {
    guard let answers = requests.removeValue(forKey: requestID) else { return }
    for id in answers.sequenceIDs { sequences[id] = nil }
    if observer != nil { forgottenSequenceIDs += answers.sequenceIDs }
  }

  /// Computes one batch, and returns the requests that it finished.
  ///
  /// - Parameter update: told of what is new of the answers to requests that report updates, before any request finishes.
  package func step(
    update: (_ requestID: UInt64, RequestUpdate) -> Void = { _, _ in }
  ) -> [FinishedRequest] {
    draws.removeAll(keepingCapacity: true)
    guard scheduler.hasUnfinishedSequences else { return [] }
    var times = StepTimes()
    let before = statistics
    speculator?.offer(live, to: &scheduler)
    let batch = scheduler.schedule()
    precondition(!batch.isEmpty, "the scheduler found nothing to do for waiting requests")
    statistics.count(batch)
    let load = EngineLoad(scheduler)
    times.phases.schedule = times.lap()
    let drawn = runner.run(batch, sequences: sequences)
    times.phases.sampling = runner.samplingTime
    times.phases.forward = times.lap() - runner.samplingTime
    for sequence in drawn { take(sequence) }
    // An answer's last token is not kept: the answer itself is.
    if !finished.isEmpty { draws.removeAll { requests[$0.requestID] == nil } }
    times.phases.text = times.lap()
    scheduler.update(results, beams: beamResults, turns: turns)
    live.removeAll(keepingCapacity: true)
    if speculator != nil {
      for sequence in drawn where sequences[sequence.entry.sequenceID] != nil {
        live.append((sequence.entry.sequenceID, sequence.sequence))
      }
    }
    times.phases.update = times.lap()
    speculator?.note(batch, seconds: times.phases.total / .seconds(1))
    observer?.observe(record(batch, load, times, since: before))
    acceptedDraftCounts.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    beamResults.removeAll(keepingCapacity: true)
    turns.removeAll(keepingCapacity: true)
    for entry in updates { update(entry.requestID, entry.update) }
    updates.removeAll(keepingCapacity: true)
    defer { finished.removeAll(keepingCapacity: true) }
    return finished
  }

  /// What an observer is told of a step.
  private func record(
    _ batch: SchedulerOutput, _ load: EngineLoad, _ times: StepTimes, since before: EngineStatistics
  ) -> StepRecord {
    var ended: [SequenceID] = []
    // A beam search stands in the batch once for each beam, together.
    for id in batch.scheduled.lazy.map(\.sequenceID) where id != ended.last && scheduler.sequence(id) == nil {
      ended.append(id)
    }
    if !forgottenSequenceIDs.isEmpty {
      ended += Set(forgottenSequenceIDs).subtracting(ended).sorted()
      forgottenSequenceIDs.removeAll(keepingCapacity: true)
    }
    return StepRecord(
      number: statistics.stepCount, batch: batch, load: load, times: times,
      outputTokenCount: statistics.outputTokenCount - before.outputTokenCount,
      prefixHitTokenCount: statistics.prefixHitTokenCount - before.prefixHitTokenCount,
      acceptedDraftCounts: acceptedDraftCounts, endedSequenceIDs: ended)
  }

  /// Ends a request, with all its samples, because one of them cannot go on.
  private func fail(_ requestID: UInt64, _ error: SamplingError) {
    scheduler.abort(requestID)
    forget(requestID)
    finished.append(
      FinishedRequest(
        id: requestID,
        result: .failure(
          RequestError(.generationFailed, .request, found: ErrorText(error.description)))))
  }

  /// Goes on with what was drawn from one sequence.
  private func take(_ drawn: DrawnSequence) {
    let requestID = drawn.entry.requestID
    guard let answers = requests[requestID] else { return }
    change.removeAll()
    switch drawn.row {
    case .success(let row):
      drawn.sequence.advance(row, drawn.others, drawn.entry, context.tokenizer, into: &change)
    case .failure(let error): return fail(requestID, error)
    }
    if recordsDraws { record(drawn, firstSequenceID: answers.sequenceIDs.lowerBound) }
    results += change.sampled
    if let beams = change.beams { beamResults.append(beams) }
    if let turn = change.turn { turns.append(turn) }
    statistics.outputTokenCount += change.outputTokenCount
    if drawn.entry.draftTokenCount > 0 {
      let count = max(0, change.outputTokenCount - 1)
      statistics.acceptedDraftTokenCount += count
      if count > 0 { acceptedDraftCounts[drawn.entry.sequenceID] = count }
    }
    for fork in change.forks { sequences[fork.id] = fork.sequence }
    if answers.reportsUpdates { updates += change.updates.map { (requestID, $0) } }
    for ended in change.ended { end(ended, of: requestID, answers) }
    if let failure = change.failure { fail(requestID, failure) }
  }

  private func record(_ drawn: DrawnSequence, firstSequenceID: SequenceID) {
    let entry = drawn.entry
    guard change.beams == nil else {
      draws.append(StepDraw(requestID: entry.requestID, draw: .beams(change.choices)))
      return
    }
    let firstSample = Int(entry.sequenceID - firstSequenceID)
    func record(_ draw: Draw, _ sample: Int) {
      draws.append(StepDraw(requestID: entry.requestID, draw: .token(sample: sample, draw)))
    }
    switch drawn.row {
    case .success(.token(let draw)): record(draw, firstSample)
    case .success(.tokens(let tokens)):
      for (place, draw) in tokens.enumerated() { record(draw, firstSample + place) }
    case .success(.run(let draws, _)):
      for draw in draws.prefix(change.outputTokenCount) { record(draw, firstSample) }
    case .success(.candidates), .success(.scores), .success(.pooled), .failure: break
    }
  }

  private func end(_ ended: EndedSequence, of requestID: UInt64, _ answers: RequestAnswers) {
    sequences[ended.id] = nil
    guard let output = answers.take(ended) else { return }
    requests[requestID] = nil
    finished.append(FinishedRequest(id: requestID, result: .success(output)))
    guard answers.reportsUpdates else { return }
    // Answers that are chosen at the end are told as a whole.
    if output.outputs.isEmpty {
      updates.append((requestID, RequestUpdate(index: 0, text: "", tokenIDs: [])))
    } else if updates.last?.requestID != requestID {
      updates += output.outputs.map { (requestID, RequestUpdate(whole: $0)) }
    }
    updates[updates.count - 1].update.output = output
  }
}

/// A request that has ended, and how.
package struct FinishedRequest: Sendable, Equatable {
  /// The request's id in its engine.
  package let id: UInt64
  /// The answers, or why there are none.
  package let result: Result<RequestOutput, RequestError>

  /// An ended request; each argument is the field of its name.
  package init(id: UInt64, result: Result<RequestOutput, RequestError>) {
    self.id = id
    self.result = result
  }
}
