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
  /// What the logit rows of the step are for, in order, and what came of it.
  private var tasks: [RowTask] = []
  private var results: [RowResult?] = []
  /// Number of logit rows of these tasks.
  private var rowCount = 0
  /// The first task whose rows have not all been there.
  private var nextTask = 0
  /// What was drawn in the step, or in the last one.
  private var drawn: [DrawnSequence] = []
  /// How much of the last step's time was spent on drawing and scoring.
  private(set) var samplingTime = Duration.zero
  /// Whether the cache could not hold a key or value.
  var cacheHasSaturated: Bool { cache.hasSaturated }

  /// What one row of logits is for, or the rows of a sequence with drafts.
  private struct RowTask {
    let entry: ScheduledSequence
    let sequence: any EngineSequence
    /// The place of the token, or of those that may stand there, that the row is to score; nil for a row to draw from.
    let scoredToken: Int?
    /// The place of the first row's token, where hidden states are wanted.
    let firstPlace: Int
    /// The rows among the step's: one, and one more for each draft; of hidden states as many as are wanted.
    let rows: Range<Int>
  }

  /// What came of one task.
  private enum RowResult {
    case score(Result<[PositionLogprobs], SamplingError>)
    case draw(Result<RowDraw, SamplingError>)
    case run(DraftRun)
    case pooled
  }

  /// Rows of logits that a step computes at a time, at least: what the scores of prompts take of memory.
  private static let leastLogitRowCount = 32

  /// Computes with the weights of `loaded` on `team`, which no other runner uses at the same time.
  init(_ loaded: LoadedModel, on team: ThreadTeam) {
    let context = loaded.context
    let configuration = context.configuration
    samplers = RowSampler(vocabularySize: context.vocabularySize, team: team)
    tokenizer = context.tokenizer
    model = loaded.weights
    cache = KVCache(
      shape: model.shape, groups: context.kvCachePlan.layerGroups,
      blockCount: context.kvCachePlan.blockCount, blockSize: configuration.blockSize,
      element: configuration.keyValueElement)
    batch = ModelBatch(groupCount: cache.groups.count)
    workspace = model.makeWorkspace(
      maxTokenCount: configuration.maxNumBatchedTokens,
      maxLogitRowCount: min(
        max(configuration.maxNumSeqs, Self.leastLogitRowCount), configuration.maxNumBatchedTokens),
      team: team)
  }

  /// Computes one step, and returns what was drawn from each sequence that samples, in the order of the batch.
  func run(
    _ plan: SchedulerOutput, sequences: [SequenceID: any EngineSequence]
  ) -> [DrawnSequence] {
    batch.removeAll()
    samplingTime = .zero
    tasks.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    (rowCount, nextTask) = (0, 0)
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
        openTokens: entry.needsSample ? sequence.openTokens(draftCount: entry.draftTokenCount) : [],
        promptTokenCount: sequence.request.wholePromptTokenCount,
        asHiddenStates: sequence.request.pooling?.place != nil)
    }
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
      case .pooled:
        guard task.entry.needsSample else { break }
        drawn.append(DrawnSequence(entry: task.entry, sequence: task.sequence, row: .success(.pooled)))
      case .score(let scores): task.sequence.scoring?.append(scores, tokenizer: tokenizer)
      case .draw(let row):
        // Nothing is drawn after a prompt that could not be scored.
        let row = task.sequence.scoring?.failure.map { .failure($0) } ?? row
        if task.entry.beam == 0 {
          drawn.append(DrawnSequence(entry: task.entry, sequence: task.sequence, row: row))
        } else {
          drawn[drawn.count - 1].append(row)
        }
      case .run(let run):
        let row: Result<RowDraw, SamplingError>
        if let failure = run.failure, run.draws.isEmpty {
          row = .failure(failure)
        } else {
          row = .success(.run(run.draws, run.failure))
        }
        drawn.append(DrawnSequence(entry: task.entry, sequence: task.sequence, row: row))
      case nil: preconditionFailure("the model left out a row of logits")
      }
    }
  }

  /// Which tokens of a sequence get logits; a task is noted for each.
  private func rows(
    of entry: ScheduledSequence, _ sequence: any EngineSequence, _ computed: Range<Int>
  ) -> ModelBatch.LogitRows {
    // Beams that go on from earlier output compute the end of the prompt each for itself: the first one's is scored.
    let scoring = entry.beam == 0 ? sequence.scoring : nil
    let scored = scoring?.places(in: computed) ?? computed.lowerBound..<computed.lowerBound
    func add(
      scoredToken: Int?, firstPlace: Int = 0, rowCount count: Int = 1, _ start: RowResult? = nil
    ) {
      tasks.append(
        RowTask(
          entry: entry, sequence: sequence, scoredToken: scoredToken, firstPlace: firstPlace,
          rows: rowCount..<rowCount + count))
      results.append(start)
      rowCount += count
    }
    let start = computed.lowerBound
    if let places = sequence.hiddenPlaces(in: computed) {
      add(scoredToken: nil, firstPlace: places.lowerBound, rowCount: places.count, .pooled)
      return .scored(places.lowerBound - start..<places.upperBound - start, samples: false)
    }
    if entry.draftTokenCount > 0 {
      precondition(scored.isEmpty, "drafts follow no prompt that is to be scored")
      let count = entry.draftTokenCount + 1
      add(scoredToken: nil, rowCount: count, .run(sequence.draftRun(entry.draftTokenCount)))
      return .scored(computed.count - count..<computed.count, samples: true)
    }
    for place in scored { add(scoredToken: place + 1) }
    if entry.needsSample { add(scoredToken: nil) }
    if scored.isEmpty { return entry.needsSample ? .last : .none }
    return .scored(scored.lowerBound - start..<scored.upperBound - start, samples: entry.needsSample)
  }

  /// Draws from, or scores, some of the step's rows, shared out among the threads.
  private func take(firstRow: Int, _ logits: Logits) {
    let start = ContinuousClock.now
    defer { samplingTime += ContinuousClock.now - start }
    let part = firstRow..<firstRow + logits.rowCount
    let end = tasks[nextTask...].firstIndex { $0.rows.lowerBound >= part.upperBound } ?? tasks.count
    results.withUnsafeMutableBufferPointer { results in
      let results = results
      let first = nextTask
      samplers.forEach(end - first) { sampler, index in
        let task = tasks[first + index]
        if case .pooled = results[first + index] {
          for row in task.rows.clamped(to: part) {
            task.sequence.takeHiddenState(
              logits.hiddenState(row - firstRow), at: task.firstPlace + row - task.rows.lowerBound)
          }
        } else if case .run(var run) = results[first + index] {
          // One after the other, since each may be the last.
          for row in task.rows.clamped(to: part) { run.draw(from: logits.row(row - firstRow), sampler) }
          results[first + index] = .run(run)
        } else {
          results[first + index] = result(of: task, sampler, logits.row(task.rows.lowerBound - firstRow))
        }
      }
    }
    // A sequence with drafts may have further rows in the next part.
    nextTask = end > 0 && tasks[end - 1].rows.upperBound > part.upperBound ? end - 1 : end
  }

  private func result(
    of task: RowTask, _ sampler: ThreadSampler, _ logits: UnsafeMutableBufferPointer<Float>
  ) -> RowResult {
    if let place = task.scoredToken, let scoring = task.sequence.scoring {
      return .score(sampler.scores(logits, tokens: scoring.tokens(at: place), count: scoring.count))
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
