import QuireKernels
import QuireModels
import QuirePlatform
import QuireSampling
import QuireScheduling

/// Carries out what the scheduler decides: builds the flat batch, runs the model, draws from each row of logits.
final class ModelRunner {
  private let model: any CausalLanguageModel
  private let cache: KVCache
  private let workspace: ModelWorkspace
  private var batch = ModelBatch()
  private let team: ThreadTeam
  /// One a thread.
  private let samplers: [ThreadSampler]
  /// Those that sample in this step, and what they draw.
  private var sampled: [(entry: ScheduledSequence, sequence: EngineSequence)] = []
  private var draws: [Result<Int32, SamplingError>] = []

  /// Packs the weights. Throws `EngineError.modelFile` that names the first unusable tensor.
  init(context: ModelContext) throws(EngineError) {
    let configuration = context.configuration
    team = ThreadTeam(threadCount: context.threadCount)
    samplers = (0..<context.threadCount).map { _ in ThreadSampler(vocabularySize: context.vocabularySize) }
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
      maxLogitRowCount: min(configuration.maxNumSeqs, configuration.maxNumBatchedTokens))
  }

  /// Computes one step and calls `body` for each sequence that samples, with what it drew, in the order of the batch.
  func run(
    _ plan: SchedulerOutput, sequences: [SequenceID: EngineSequence], scheduler: borrowing Scheduler,
    _ body: (ScheduledSequence, EngineSequence, Result<Int32, SamplingError>) -> Void
  ) {
    batch.removeAll()
    sampled.removeAll(keepingCapacity: true)
    for copy in plan.blockCopies {
      cache.copyBlock(from: Int(copy.source), to: Int(copy.destination))
    }
    for entry in plan.scheduled {
      guard let sequence = sequences[entry.sequenceID] else {
        preconditionFailure("the scheduler knows a sequence \(entry.sequenceID) that the engine does not")
      }
      let end = entry.computedTokenCount + entry.tokenCount
      batch.append(
        tokens: sequence.tokenIDs[entry.computedTokenCount..<end], contextStart: entry.computedTokenCount,
        blockTable: scheduler.blockTable(of: entry.sequenceID).blockIDs,
        logits: entry.needsSample ? .last : .none)
      if entry.needsSample { sampled.append((entry, sequence)) }
    }
    let logits: Logits
    do {
      logits = try model.forward(batch, cache: cache, workspace: workspace)
    } catch {
      // Ids were checked when the requests were added, shapes by the scheduler.
      preconditionFailure("the engine made an impossible batch: \(error)")
    }
    draw(logits)
    for (row, (entry, sequence)) in sampled.enumerated() { body(entry, sequence, draws[row]) }
    sampled.removeAll(keepingCapacity: true)
  }

  /// Draws a token for each row, the rows shared out among the threads: a draw depends on its row and sequence alone.
  private func draw(_ logits: Logits) {
    let count = sampled.count
    draws.removeAll(keepingCapacity: true)
    draws.append(contentsOf: repeatElement(.failure(.noTokenLeft), count: count))
    let chunkCount = min(count, samplers.count)
    draws.withUnsafeMutableBufferPointer { draws in
      let draws = draws
      team.run(chunkCount: chunkCount) { chunk in
        for row in count * chunk / chunkCount..<count * (chunk + 1) / chunkCount {
          draws[row] = samplers[chunk].sample(logits.row(row), sampled[row].sequence.sampling)
        }
      }
    }
  }
}

/// A sampler that one thread uses at a time.
private final class ThreadSampler {
  private var sampler: Sampler

  init(vocabularySize: Int) {
    sampler = Sampler(vocabularySize: vocabularySize)
  }

  func sample(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState
  ) -> Result<Int32, SamplingError> {
    do throws(SamplingError) {
      return .success(try sampler.sample(logits, state))
    } catch {
      return .failure(error)
    }
  }
}
