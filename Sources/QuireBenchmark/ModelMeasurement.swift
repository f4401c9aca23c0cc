package import QuireEngine
import QuireKernels
import QuireModelFiles
package import QuireModels
import QuirePlatform
package import QuireRequests
import QuireSampling

/// Runs steps of a model on made-up tokens, without a scheduler, to see where their time goes.
package struct ModelMeasurement {
  private let context: ModelContext
  private let model: any CausalLanguageModel
  private let samplers: RowSampler

  /// Opens a model and packs its weights.
  package init(model: String, configuration: EngineConfiguration) throws(EngineError) {
    context = try ModelContext.load(model, configuration: configuration)
    let team = ThreadTeam(threadCount: context.threadCount)
    samplers = RowSampler(vocabularySize: context.vocabularySize, team: team)
    do {
      self.model = try ModelLoading.load(
        context.package, backend: configuration.matmul, precision: configuration.weightPrecision, team: team)
    } catch {
      throw .modelFile(error)
    }
  }

  /// The profile of `stepCount` steps, after one that warms up.
  ///
  /// - Parameters:
  ///   - sequenceCount: sequences of a step.
  ///   - contextLength: positions of each that the cache holds before a step, the same in all steps.
  ///   - sharedLength: of these, how many at the beginning all have in common, in full blocks.
  ///   - newTokenCount: tokens of each in a step, of which the last gets logits.
  ///   - sampling: how each sequence draws from its logits, after a prompt and an answer of `historyLength` tokens each;
  ///     nil leaves the logits alone. Under `structuredOutputs` the answers begin with the steps, and each goes on with what
  ///     was drawn, and begins again when it is complete.
  /// - Throws: `EngineError.request` where `structuredOutputs` is not covered, or has no answer so short;
  ///   `EngineError.option` where the cache would take more memory than is free.
  package func profile(
    sequenceCount: Int, contextLength: Int, sharedLength: Int = 0, newTokenCount: Int, stepCount: Int,
    sampling: SamplingParams? = nil
  ) throws(EngineError) -> StepProfile {
    let blockSize = context.configuration.blockSize
    let blocksPerSequence = (contextLength + newTokenCount + blockSize - 1) / blockSize
    let sharedBlockCount = sharedLength / blockSize
    let ownBlockCount = blocksPerSequence - sharedBlockCount
    let blockCount = sharedBlockCount + sequenceCount * ownBlockCount
    let blockBytes =
      KVCache.byteCountPerLayer(
        shape: model.shape, blockSize: blockSize, element: context.configuration.keyValueElement)
      * model.shape.layerCount
    let (cacheBytes, overflows) = blockBytes.multipliedReportingOverflow(by: blockCount)
    let available = SystemMemory.availableBytes() ?? .max
    guard !overflows, cacheBytes <= available, blockCount < Int(Int32.max) else {
      throw .option(
        OptionError(
          .kvCacheMemory,
          found:
            "a cache of \(sequenceCount) sequences of \(contextLength + newTokenCount) tokens takes "
            + "\(overflows ? "more bytes than can be counted" : "\(cacheBytes) bytes"), and \(available) are free",
          remedy: "measure fewer or shorter sequences"))
    }
    let cache = KVCache(
      shape: model.shape, blockCount: blockCount, blockSize: blockSize,
      element: context.configuration.keyValueElement)
    let chunkLength = max(newTokenCount, min(contextLength, 512))
    let workspace = model.makeWorkspace(
      maxTokenCount: max(chunkLength, sequenceCount * newTokenCount),
      maxLogitRowCount: sequenceCount)
    func append(to batch: inout ModelBatch, sequence: Int, positions: Range<Int>, sampling: Bool) {
      let tokens = positions.map { Int32(($0 * 7919 + sequence * 104_729) % model.shape.vocabularySize) }
      let first = Int32(sharedBlockCount + sequence * ownBlockCount)
      batch.append(
        tokens: tokens[...], contextStart: positions.lowerBound,
        blockTable: Array(0..<Int32(sharedBlockCount)) + (first..<first + Int32(ownBlockCount)),
        logits: sampling ? .last : .none)
    }
    var draws: [MeasuredDraws] = []
    if let sampling { draws = try measuredDraws(sequenceCount, sampling) }
    func run(_ batch: ModelBatch) {
      do {
        try model.forward(batch, cache: cache, workspace: workspace) { firstRow, logits in
          guard !draws.isEmpty else { return }
          draws.withUnsafeMutableBufferPointer { draws in
            let draws = draws
            samplers.forEachRow(of: logits) { sampler, row, values in
              draws[firstRow + row].draw(sampler, values)
            }
          }
        }
      } catch {
        preconditionFailure("a measurement made an impossible batch: \(error)")
      }
    }
    for sequence in 0..<sequenceCount {
      let computed = sequence == 0 ? 0 : sharedBlockCount * blockSize
      for start in stride(from: computed, to: contextLength, by: chunkLength) {
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

  /// Tokens of the prompt, and tokens of the answer, that a sequence has seen when it draws.
  private static let historyLength = 64

  private func measuredDraws(
    _ count: Int, _ params: SamplingParams
  ) throws(EngineError) -> [MeasuredDraws] {
    var draws: [MeasuredDraws] = []
    for sequence in 0..<count {
      func token(_ position: Int) -> Int32 {
        Int32((position * 6_151 + sequence * 98_317) % model.shape.vocabularySize)
      }
      let request: PreparedRequest
      do throws(RequestError) {
        request = try context.preparer.prepare(
          .tokenIDs((0..<Self.historyLength).map(token)),
          params: params.with { $0.maxTokens = $0.maxTokens ?? 2 * Self.historyLength },
          randomKey: UInt64(sequence))
      } catch {
        throw .request(index: sequence, error)
      }
      let isFree = params.structuredOutputs == nil
      var state = request.makeSamplingState()
      if isFree {
        for position in Self.historyLength..<2 * Self.historyLength { state.append(token(position)) }
      }
      draws.append(MeasuredDraws(state: state, stopChecker: isFree ? nil : request.stopChecker))
    }
    return draws
  }
}
