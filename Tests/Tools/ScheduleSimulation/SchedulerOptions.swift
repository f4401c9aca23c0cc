import ArgumentParser
import QuireScheduleTools
import QuireScheduling

/// The scheduler's limits, with the names that they have in `quire run`.
struct SchedulerOptions: ParsableArguments {
  @Option(name: .customLong("max-num-seqs"), help: "Greatest number of running sequences.")
  var sequenceCount = 256
  @Option(name: .customLong("max-num-batched-tokens"), help: "Greatest number of tokens of a step.")
  var batchedTokenCount = 2048
  @Option(help: "Tokens in a block of the cache.") var blockSize = 16
  @Option(name: .customLong("blocks"), help: "Blocks of the cache.") var blockCount = 4096
  @Flag(
    name: .customLong("enable-chunked-prefill"), inversion: .prefixedNo,
    help: "Compute long prompts in chunks.")
  var enablesChunkedPrefill = true
  @Flag(
    name: .customLong("enable-prefix-caching"), inversion: .prefixedNo,
    help: "Find the full blocks that sequences have in common.")
  var enablesPrefixCaching = true

  /// Unchecked.
  var configuration: SchedulerConfiguration {
    SchedulerConfiguration(
      maxNumSeqs: sequenceCount, maxNumBatchedTokens: batchedTokenCount, blockSize: blockSize,
      blockCount: blockCount, enableChunkedPrefill: enablesChunkedPrefill,
      enablePrefixCaching: enablesPrefixCaching)
  }
}

/// What a step costs on the made-up clock.
struct ClockOptions: ParsableArguments {
  @Option(help: "Milliseconds of an empty step.") var stepCost = StepCost().stepSeconds * 1e3
  @Option(help: "Milliseconds for each token.") var tokenCost = StepCost().tokenSeconds * 1e3
  @Option(help: "Milliseconds for each position that a sequence reads.")
  var contextCost = StepCost().contextSeconds * 1e3

  var cost: StepCost {
    var cost = StepCost()
    cost.stepSeconds = stepCost / 1e3
    cost.tokenSeconds = tokenCost / 1e3
    cost.contextSeconds = contextCost / 1e3
    return cost
  }
}
