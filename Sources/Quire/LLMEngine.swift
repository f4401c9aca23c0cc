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

  private var scheduler: Scheduler
  private let runner: ModelRunner
  private var sequences: [SequenceID: EngineSequence] = [:]
  /// Finished in the step under way.
  private var finished: [RequestOutput] = []
  private var results: [SampledResult] = []

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
          enableChunkedPrefill: configuration.enableChunkedPrefill))
    } catch {
      throw .badOption(error.description)
    }
    runner = try ModelRunner(context: context)
  }

  /// Requests that have been added and have not finished.
  package var unfinishedRequestCount: Int { sequences.count }

  /// Takes a request in, behind those that wait.
  ///
  /// Throws `RequestRefusal`, changing nothing, where its parameters are out of range or it could never
  /// fit; a request whose id is in use is a programmer's mistake.
  package func add(_ request: GenerationRequest) throws(RequestRefusal) {
    try context.limits.check(request.params)
    let limit = try context.limits.outputTokenLimit(
      promptTokenIDs: request.promptTokenIDs, maxTokens: request.params.maxTokens)
    try context.limits.checkReport(
      request.params, promptTokenCount: request.promptTokenIDs.count, outputTokenLimit: limit)
    let id: SequenceID
    do {
      id = try scheduler.add(
        requestID: request.id, promptTokenCount: request.promptTokenIDs.count, outputTokenLimit: limit)
    } catch {
      throw RequestRefusal(code: .contextLengthExceeded, message: error.description)
    }
    sequences[id] = EngineSequence(request: request, outputTokenLimit: limit, tokenizer: context.tokenizer)
  }

  /// Abandons a request; nothing happens where it has finished.
  package func abort(requestID: UInt64) {
    guard scheduler.abort(requestID) else { return }
    for (id, sequence) in sequences where sequence.request.id == requestID { sequences[id] = nil }
  }

  /// Computes one batch, and returns the requests that it finished.
  package func step() -> [RequestOutput] {
    guard scheduler.hasUnfinishedSequences else { return [] }
    let batch = scheduler.schedule()
    precondition(!batch.isEmpty, "the scheduler found nothing to do for waiting requests")
    statistics.count(batch)
    runner.run(batch, sequences: sequences, scheduler: scheduler) { entry, sequence, draw in
      take(draw, entry, sequence)
    }
    scheduler.update(results)
    results.removeAll(keepingCapacity: true)
    defer { finished.removeAll(keepingCapacity: true) }
    return finished
  }

  /// Appends the token that a sequence drew, and notes what became of it.
  private func take(
    _ draw: Result<Draw, SamplingError>, _ entry: ScheduledSequence, _ sequence: EngineSequence
  ) {
    let output: RequestOutput?
    var appendedTokenCount = 1
    switch draw {
    case .success(let draw):
      output = sequence.append(draw, tokenizer: context.tokenizer)
      statistics.outputTokenCount += 1
    case .failure(let error):
      appendedTokenCount = 0
      output = RequestOutput(
        requestID: sequence.request.id, promptTokenIDs: sequence.request.promptTokenIDs,
        error: error.description)
    }
    results.append(
      SampledResult(
        sequenceID: entry.sequenceID, appendedTokenCount: appendedTokenCount, isFinished: output != nil))
    if let output {
      sequences[entry.sequenceID] = nil
      finished.append(output)
    }
  }
}
