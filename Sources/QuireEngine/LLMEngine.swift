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

  private var scheduler: Scheduler
  private let runner: ModelRunner
  private var requests: [UInt64: RequestAnswers] = [:]
  private var sequences: [SequenceID: EngineSequence] = [:]
  /// What came of the step under way.
  private var finished: [RequestOutput] = []
  private var results: [SampledResult] = []
  private var beamResults: [BeamResult] = []
  /// Sequences that an observer has yet to be told of, since their requests failed or were aborted.
  private var forgottenSequenceIDs: [SequenceID] = []

  /// Packs the weights and plans the cache's addresses; its memory is touched as sequences use it.
  ///
  /// Throws `EngineError.modelFile` that names the missing, misshapen or damaged tensor.
  package init(context: ModelContext) throws(EngineError) {
    self.context = context
    let configuration = context.configuration
    do {
      scheduler = try Scheduler(
        SchedulerConfiguration(
          maxNumSeqs: configuration.maxNumSeqs, maxNumBatchedTokens: configuration.maxNumBatchedTokens,
          blockSize: configuration.blockSize, blockCount: context.kvCachePlan.blockCount,
          enableChunkedPrefill: configuration.enableChunkedPrefill,
          enablePrefixCaching: configuration.enablePrefixCaching,
          slidingWindow: context.attentionWindow,
          sparesUntouchedBlocks: configuration.kvCacheMemory == nil))
    } catch {
      preconditionFailure("the configuration was checked, and the plan has a block: \(error)")
    }
    runner = try ModelRunner(context: context)
  }

  /// Requests that have been added and have not finished.
  package var unfinishedRequestCount: Int { requests.count }

  /// Takes a request in, behind those that wait.
  ///
  /// Throws `RequestError`, changing nothing, where its parameters are out of range, its constraint is not covered
  /// or has no answer so short, or it could never fit; a request whose id is in use is a programmer's mistake.
  package func add(_ request: GenerationRequest) throws(RequestError) {
    let params = request.params
    try context.limits.check(params)
    let limit = try context.limits.outputTokenLimit(
      promptTokenIDs: request.promptTokenIDs, maxTokens: params.maxTokens)
    try context.limits.checkReport(
      params, promptTokenCount: request.promptTokenIDs.count, outputTokenLimit: limit)
    let constraint = try context.constraints.compiled(for: request, outputTokenLimit: limit)
    let id: SequenceID
    do {
      id = try scheduler.add(
        requestID: request.id, promptTokenIDs: request.promptTokenIDs, outputTokenLimit: limit,
        sampleCount: params.sampleCount, beamWidth: params.beamWidth,
        readsPrefixCache: params.promptLogprobs == nil)
    } catch {
      throw RequestError(scheduler: error, params)
    }
    requests[request.id] = RequestAnswers(request: request, firstSequenceID: id)
    sequences[id] =
      params.useBeamSearch
      ? .beams(
        BeamSequence(
          request: request, outputTokenLimit: limit, constraint: constraint, tokenizer: context.tokenizer))
      : .sample(
        SampleSequence(
          request: request, outputTokenLimit: limit, constraint: constraint, tokenizer: context.tokenizer))
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
  package func step() -> [RequestOutput] {
    guard scheduler.hasUnfinishedSequences else { return [] }
    var times = StepTimes()
    let before = statistics
    let batch = scheduler.schedule()
    precondition(!batch.isEmpty, "the scheduler found nothing to do for waiting requests")
    statistics.count(batch)
    let load = EngineLoad(scheduler)
    times.phases.schedule = times.lap()
    let drawn = runner.run(batch, sequences: sequences)
    times.phases.sampling = runner.samplingTime
    times.phases.forward = times.lap() - runner.samplingTime
    for (entry, sampled) in drawn {
      do throws(SamplingError) {
        try take(sampled, entry)
      } catch {
        fail(entry.requestID, error)
      }
    }
    times.phases.text = times.lap()
    scheduler.update(results, beams: beamResults)
    times.phases.update = times.lap()
    observer?.observe(record(batch, load, times, since: before))
    results.removeAll(keepingCapacity: true)
    beamResults.removeAll(keepingCapacity: true)
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
      endedSequenceIDs: ended)
  }

  /// Ends a request, with all its samples, because one of them cannot go on.
  private func fail(_ requestID: UInt64, _ error: SamplingError) {
    guard let request = requests[requestID]?.request else { return }
    scheduler.abort(requestID)
    forget(requestID)
    finished.append(
      RequestOutput(
        requestID: requestID, promptTokenIDs: request.promptTokenIDs,
        error: RequestError(.generationFailed, .request, found: ErrorText(error.description))))
  }

  /// Notes what became of a sequence that was sampled.
  private func take(_ sampled: SampledRows, _ entry: ScheduledSequence) throws(SamplingError) {
    guard requests[entry.requestID] != nil else { return }
    switch sampled {
    case .draw(let draw, let sample): take(try draw.get(), entry.sequenceID, sample)
    case .forks(let draws, let first):
      // Forked before the first sample goes on.
      let samples = draws.indices.map { index in
        index == 0 ? first : SampleSequence(forking: first, sampleIndex: index)
      }
      for (id, (sample, draw)) in zip(entry.sampleIDs, zip(samples, draws)) {
        take(try draw.get(), id, sample)
      }
    case .beams(let candidates, let search):
      var ofAllBeams: [[BeamCandidate]] = []
      for beam in candidates { ofAllBeams.append(try beam.get()) }
      take(ofAllBeams, entry.sequenceID, search)
    }
  }

  private func take(_ draw: Draw, _ id: SequenceID, _ sample: SampleSequence) {
    let answer = sample.append(draw, tokenizer: context.tokenizer)
    statistics.outputTokenCount += 1
    results.append(SampledResult(sequenceID: id, tokenID: draw.tokenID, isFinished: answer != nil))
    guard let answer else {
      if sample.sampleIndex > 0 { sequences[id] = .sample(sample) }
      return
    }
    sequences[id] = nil
    let requestID = sample.request.id
    if requests[requestID]?.take(answer, of: sample) == true { finish(requestID) }
  }

  private func take(_ candidates: [[BeamCandidate]], _ id: SequenceID, _ search: BeamSequence) {
    let parents = search.advance(candidates)
    statistics.outputTokenCount += max(1, parents.count)
    beamResults.append(BeamResult(sequenceID: id, parents: parents))
    guard parents.isEmpty else { return }
    sequences[id] = nil
    requests[search.request.id]?.take(search)
    finish(search.request.id)
  }

  private func finish(_ requestID: UInt64) {
    if let answers = requests.removeValue(forKey: requestID) { finished.append(answers.output) }
  }
}
