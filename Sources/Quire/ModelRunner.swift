import QuireKernels
import QuireModels
import QuirePlatform
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// Carries out what the scheduler decides: builds the flat batch, runs the model, draws from each row of logits.
final class ModelRunner {
  private let model: any CausalLanguageModel
  private let cache: KVCache
  private let workspace: ModelWorkspace
  private var batch = ModelBatch()
  private let samplers: RowSampler
  private let tokenizer: Tokenizer
  /// What each logit row of the step is for, and what came of it.
  private var tasks: [RowTask] = []
  private var results: [Result<Draw, SamplingError>] = []

  /// What one row of logits is for.
  private struct RowTask {
    let entry: ScheduledSequence
    let sequence: EngineSequence
    /// The prompt token that the row is to score, by its place; nil for a row to draw from.
    let scoredToken: Int?
  }

  /// Rows of logits that a step computes at a time, at least: what the scores of prompts take of memory.
  private static let leastLogitRowCount = 32

  /// Packs the weights. Throws `EngineError.modelFile` that names the first unusable tensor.
  init(context: ModelContext) throws(EngineError) {
    let configuration = context.configuration
    let team = ThreadTeam(threadCount: context.threadCount)
    samplers = RowSampler(vocabularySize: context.vocabularySize, team: team)
    tokenizer = context.tokenizer
    do {
      model = try ModelLoading.load(
        context.package, backend: configuration.matmul, precision: configuration.weightPrecision, team: team)
    } catch {
      throw .modelFile(error)
    }
    cache = KVCache(
      config: model.config, blockCount: context.kvCachePlan.blockCount, blockSize: configuration.blockSize,
      element: configuration.keyValueElement)
    workspace = ModelWorkspace(
      config: model.config, maxTokenCount: configuration.maxNumBatchedTokens,
      maxLogitRowCount: min(
        max(configuration.maxNumSeqs, Self.leastLogitRowCount), configuration.maxNumBatchedTokens))
  }

  /// Computes one step and calls `body` for each sequence that samples, with what it drew, in the order of the batch.
  func run(
    _ plan: SchedulerOutput, sequences: [SequenceID: EngineSequence], scheduler: borrowing Scheduler,
    _ body: (ScheduledSequence, EngineSequence, Result<Draw, SamplingError>) -> Void
  ) {
    batch.removeAll()
    tasks.removeAll(keepingCapacity: true)
    for copy in plan.blockCopies {
      cache.copyBlock(from: Int(copy.source), to: Int(copy.destination))
    }
    for entry in plan.scheduled {
      guard let sequence = sequences[entry.sequenceID] else {
        preconditionFailure("the scheduler knows a sequence \(entry.sequenceID) that the engine does not")
      }
      let start = entry.computedTokenCount
      let end = start + entry.tokenCount
      batch.append(
        tokens: sequence.tokenIDs[start..<end], contextStart: start,
        blockTable: scheduler.blockTable(of: entry.sequenceID).blockIDs,
        logits: rows(of: entry, sequence, start..<end))
    }
    results.removeAll(keepingCapacity: true)
    results.append(contentsOf: repeatElement(.failure(.noTokenLeft), count: tasks.count))
    do {
      try model.forward(batch, cache: cache, workspace: workspace, take)
    } catch {
      // Ids were checked when the requests were added, shapes by the scheduler.
      preconditionFailure("the engine made an impossible batch: \(error)")
    }
    for (task, result) in zip(tasks, results) {
      if task.scoredToken != nil {
        task.sequence.promptScoring?.append(result, tokenizer: tokenizer)
      } else {
        let failure = task.sequence.promptScoring?.failure
        body(task.entry, task.sequence, failure.map { .failure($0) } ?? result)
      }
    }
    tasks.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
  }

  /// Which tokens of a sequence get logits; a task is noted for each.
  private func rows(
    of entry: ScheduledSequence, _ sequence: EngineSequence, _ computed: Range<Int>
  ) -> ModelBatch.LogitRows {
    let scored = sequence.promptScoring?.places(in: computed) ?? computed.lowerBound..<computed.lowerBound
    for place in scored {
      tasks.append(RowTask(entry: entry, sequence: sequence, scoredToken: place + 1))
    }
    if entry.needsSample { tasks.append(RowTask(entry: entry, sequence: sequence, scoredToken: nil)) }
    if scored.isEmpty { return entry.needsSample ? .last : .none }
    let start = computed.lowerBound
    return .scored(scored.lowerBound - start..<scored.upperBound - start, samples: entry.needsSample)
  }

  /// Draws from, or scores, some of the step's rows, shared out among the threads.
  private func take(firstRow: Int, _ logits: Logits) {
    results.withUnsafeMutableBufferPointer { results in
      let results = results
      samplers.forEachRow(of: logits) { sampler, row, values in
        let task = tasks[firstRow + row]
        if let place = task.scoredToken {
          results[firstRow + row] = sampler.score(
            values, token: task.sequence.tokenIDs[place], count: task.sequence.promptScoring?.count ?? 0)
        } else {
          results[firstRow + row] = sampler.draw(values, task.sequence.sampling)
        }
      }
    }
  }
}
