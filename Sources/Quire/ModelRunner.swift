import QuireKernels
import QuireModels
import QuirePlatform
import QuireScheduling

/// Carries out what the scheduler decides: builds the flat batch, runs the model, lends each row of logits.
final class ModelRunner {
  private let model: any CausalLanguageModel
  private let cache: KVCache
  private let workspace: ModelWorkspace
  private var batch = ModelBatch()
  private var sampled: [ScheduledSequence] = []

  /// Packs the weights. Throws `EngineError.modelFile` that names the first unusable tensor.
  init(context: ModelContext) throws(EngineError) {
    let configuration = context.configuration
    let team = ThreadTeam(threadCount: context.threadCount)
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

  /// Computes one step and calls `body` for each sequence that samples, with its logits
  /// (`[vocabularySize]`, fp32, which `body` may change), in the order of the batch.
  func run(
    _ plan: SchedulerOutput, sequences: [SequenceID: EngineSequence], scheduler: borrowing Scheduler,
    _ body: (ScheduledSequence, UnsafeMutableBufferPointer<Float>) -> Void
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
      if entry.needsSample { sampled.append(entry) }
    }
    let logits: Logits
    do {
      logits = try model.forward(batch, cache: cache, workspace: workspace)
    } catch {
      // Ids were checked when the requests were added, shapes by the scheduler.
      preconditionFailure("the engine made an impossible batch: \(error)")
    }
    for (row, entry) in sampled.enumerated() { body(entry, logits.row(row)) }
  }
}
