import QuireKernels
import QuireModelFiles
package import QuireModels
import QuirePlatform

/// Runs steps of a model on made-up tokens, without scheduler and sampler, to see where their time goes.
package struct ModelMeasurement {
  private let context: ModelContext
  private let model: any CausalLanguageModel

  /// Opens a model and packs its weights.
  package init(model: String, configuration: EngineConfiguration) throws(EngineError) {
    context = try ModelContext.load(model, configuration: configuration)
    do {
      self.model = try ModelLoading.load(
        context.package, backend: configuration.matmul, precision: configuration.weightPrecision,
        team: ThreadTeam(threadCount: context.threadCount))
    } catch {
      throw .modelFile(error)
    }
  }

  /// The profile of `stepCount` steps, after one that warms up.
  ///
  /// - Parameters:
  ///   - sequenceCount: sequences of a step.
  ///   - contextLength: positions of each that the cache holds before a step, the same in all steps.
  ///   - newTokenCount: tokens of each in a step, of which the last gets logits.
  package func profile(
    sequenceCount: Int, contextLength: Int, newTokenCount: Int, stepCount: Int
  ) -> StepProfile {
    let blockSize = context.configuration.blockSize
    let blocksPerSequence = (contextLength + newTokenCount + blockSize - 1) / blockSize
    let cache = KVCache(
      config: model.config, blockCount: sequenceCount * blocksPerSequence, blockSize: blockSize,
      element: context.configuration.keyValueElement)
    let chunkLength = max(newTokenCount, min(contextLength, 512))
    let workspace = ModelWorkspace(
      config: model.config, maxTokenCount: max(chunkLength, sequenceCount * newTokenCount),
      maxLogitRowCount: sequenceCount)
    func append(to batch: inout ModelBatch, sequence: Int, positions: Range<Int>, sampling: Bool) {
      let tokens = positions.map { Int32(($0 * 7919 + sequence * 104_729) % model.config.vocabularySize) }
      let first = Int32(sequence * blocksPerSequence)
      batch.append(
        tokens: tokens[...], contextStart: positions.lowerBound,
        blockTable: (first..<first + Int32(blocksPerSequence)).map { $0 }, logits: sampling ? .last : .none)
    }
    func run(_ batch: ModelBatch) {
      do {
        _ = try model.forward(batch, cache: cache, workspace: workspace)
      } catch {
        preconditionFailure("a measurement made an impossible batch: \(error)")
      }
    }
    for sequence in 0..<sequenceCount {
      for start in stride(from: 0, to: contextLength, by: chunkLength) {
        var batch = ModelBatch()
        let end = min(contextLength, start + chunkLength)
        append(to: &batch, sequence: sequence, positions: start..<end, sampling: false)
        run(batch)
      }
    }
    var step = ModelBatch()
    for sequence in 0..<sequenceCount {
      append(
        to: &step, sequence: sequence, positions: contextLength..<contextLength + newTokenCount,
        sampling: true)
    }
    run(step)
    workspace.profile = StepProfile()
    for _ in 0..<stepCount { run(step) }
    defer { workspace.profile = nil }
    return workspace.profile ?? StepProfile()
  }
}
