import QuireKernels
import QuireModels
import QuirePlatform
import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// Carries out what the scheduler decides: builds the flat batch, runs the model, draws from each row of logits.
final class ModelRunner {
  private let model: any CausalLanguageModel
  private let cache: KVCache
  private let workspace: ModelWorkspace
  private var batch: ModelBatch
  private let samplers: RowSampler
  private let tokenizer: Tokenizer
  /// What each logit row of the step is for, and what came of it.
  private var tasks: [RowTask] = []
  private var results: [RowResult?] = []
  /// What was drawn in the step, or in the last one.
  private var drawn: [DrawnSequence] = []
  /// How much of the last step's time was spent on drawing and scoring.
  private(set) var samplingTime = Duration.zero
  /// Whether the cache could not hold a key or value.
  var cacheHasSaturated: Bool { cache.hasSaturated }

  /// What one row of logits is for.
  private struct RowTask {
    let entry: ScheduledSequence
    let sequence: any EngineSequence
    /// The prompt token that the row is to score, by its place; nil for a row to draw from.
    let scoredToken: Int?
  }

  /// What came of one row of logits.
  private enum RowResult {
    case score(Result<PositionLogprobs, SamplingError>)
    case draw(Result<RowDraw, SamplingError>)
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
        context.package, backend: configuration.matmul, precision: configuration.weightPrecision,
        lengthLimit: context.maxModelLen, team: team)
    } catch {
      throw .modelFile(error)
    }
    cache = KVCache(
      shape: model.shape, groups: context.kvCachePlan.layerGroups,
      blockCount: context.kvCachePlan.blockCount, blockSize: configuration.blockSize,
      element: configuration.keyValueElement)
    batch = ModelBatch(groupCount: cache.groups.count)
    workspace = model.makeWorkspace(
      maxTokenCount: configuration.maxNumBatchedTokens,
      maxLogitRowCount: min(
        max(configuration.maxNumSeqs, Self.leastLogitRowCount), configuration.maxNumBatchedTokens))
  }

  /// Computes one step, and returns what was drawn from each sequence that samples, in the order of the batch.
  func run(
    _ plan: SchedulerOutput, sequences: [SequenceID: any EngineSequence]
  ) -> [DrawnSequence] {
    batch.removeAll()
    samplingTime = .zero
    tasks.removeAll(keepingCapacity: true)
    // In their order: a block may be copied before it takes another's copy.
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
        tokens: sequence.tokenIDs(start..<end, beam: entry.beam), contextStart: start,
        blockTable: entry.blockTable.blockIDs,
        logits: rows(of: entry, sequence, start..<end),
        promptTokenCount: sequence.request.promptTokenIDs.count)
    }
    results.removeAll(keepingCapacity: true)
    results.append(contentsOf: repeatElement(nil, count: tasks.count))
    do {
      try model.forward(batch, cache: cache, workspace: workspace, take)
    } catch {
      // Ids were checked when the requests were added, shapes by the scheduler.
      preconditionFailure("the engine made an impossible batch: \(error)")
    }
    defer {
      tasks.removeAll(keepingCapacity: true)
      results.removeAll(keepingCapacity: true)
    }
    collect()
    return drawn
  }

  /// Hands scores to their sequences, and puts together what belongs to one sequence.
  private func collect() {
    drawn.removeAll(keepingCapacity: true)
    for (task, result) in zip(tasks, results) {
      switch result {
      case .score(let score): task.sequence.promptScoring?.append(score, tokenizer: tokenizer)
      case .draw(let row):
        // Nothing is drawn after a prompt that could not be scored.
        let row = task.sequence.promptScoring?.failure.map { .failure($0) } ?? row
        if task.entry.beam == 0 {
          drawn.append(DrawnSequence(entry: task.entry, sequence: task.sequence, row: row))
        } else {
          drawn[drawn.count - 1].append(row)
        }
      case nil: preconditionFailure("the model left out a row of logits")
      }
    }
  }

  /// Which tokens of a sequence get logits; a task is noted for each.
  private func rows(
    of entry: ScheduledSequence, _ sequence: any EngineSequence, _ computed: Range<Int>
  ) -> ModelBatch.LogitRows {
    // Beams that go on from earlier output compute the end of the prompt each for itself: the first one's is scored.
    let scoring = entry.beam == 0 ? sequence.promptScoring : nil
    let scored = scoring?.places(in: computed) ?? computed.lowerBound..<computed.lowerBound
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
    let start = ContinuousClock.now
    defer { samplingTime += ContinuousClock.now - start }
    results.withUnsafeMutableBufferPointer { results in
      let results = results
      samplers.forEachRow(of: logits) { sampler, row, values in
        results[firstRow + row] = result(of: tasks[firstRow + row], sampler, values)
      }
    }
  }

  private func result(
    of task: RowTask, _ sampler: ThreadSampler, _ logits: UnsafeMutableBufferPointer<Float>
  ) -> RowResult {
    if let place = task.scoredToken {
      return .score(
        sampler.score(
          logits, token: task.sequence.request.promptTokenIDs[place],
          count: task.sequence.promptScoring?.count ?? 0))
    }
    return .draw(task.sequence.draw(from: logits, task.entry, sampler))
  }
}

/// What was drawn from one sequence's rows of logits: one row, or one a beam.
struct DrawnSequence {
  /// The sequence's share of the batch; of a beam search, its first beam's.
  let entry: ScheduledSequence
  /// The sequence that the rows belong to.
  let sequence: any EngineSequence
  /// What was drawn from its row, or its first beam's; the first failure fails all.
  private(set) var row: Result<RowDraw, SamplingError>
  /// What was drawn from the rows of the other beams.
  private(set) var others: [RowDraw] = []

  /// What was drawn from the first row.
  init(entry: ScheduledSequence, sequence: any EngineSequence, row: Result<RowDraw, SamplingError>) {
    self.entry = entry
    self.sequence = sequence
    self.row = row
  }

  /// Takes the row of the next beam.
  mutating func append(_ next: Result<RowDraw, SamplingError>) {
    switch next {
    case .success(let draw): others.append(draw)
    case .failure: if case .success = row { row = next }
    }
  }
}
