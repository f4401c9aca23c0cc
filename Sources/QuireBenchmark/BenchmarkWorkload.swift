package import QuireEngine
package import QuireRequests
import QuireSampling

/// The requests of a benchmark: random prompts, greedy answers of a fixed length, all from one seed.
package struct BenchmarkWorkload: Sendable, Equatable {
  /// Requests, all waiting when the clock starts; at least 1.
  package var requestCount: Int
  /// Tokens of a prompt, the shared ones included; at least 1.
  package var promptTokenCount: Int
  /// Tokens of an answer; at least 1.
  package var outputTokenCount: Int
  /// Whether lengths differ from request to request: each is drawn evenly from half of the given length, rounded
  /// up, to the whole of it.
  package var isRagged: Bool
  /// Leading tokens that all prompts have in common; 0 for none, at most `promptTokenCount`. A ragged prompt is
  /// never shorter than they are.
  package var sharedPrefixTokenCount: Int
  /// What all lengths and ids are drawn from.
  package var seed: UInt64

  /// A workload; each argument is the field of its name.
  package init(
    requestCount: Int, promptTokenCount: Int, outputTokenCount: Int, isRagged: Bool = false,
    sharedPrefixTokenCount: Int = 0, seed: UInt64 = 0
  ) {
    self.requestCount = requestCount
    self.promptTokenCount = promptTokenCount
    self.outputTokenCount = outputTokenCount
    self.isRagged = isRagged
    self.sharedPrefixTokenCount = sharedPrefixTokenCount
    self.seed = seed
  }

  /// The most of anything that is counted here; what the arithmetic below relies on.
  static let mostCount = 1 << 24

  /// Checks every range, before a model is opened. Throws `EngineError.option` with the option, the value and the
  /// range.
  package func validate() throws(EngineError) {
    try EngineError.check(.numRequests, requestCount, 1...Self.mostCount)
    try EngineError.check(.promptTokens, promptTokenCount, 1...Self.mostCount)
    try EngineError.check(.outputTokens, outputTokenCount, 1...Self.mostCount)
    guard sharedPrefixTokenCount >= 0, sharedPrefixTokenCount <= promptTokenCount else {
      throw .option(
        OptionError(
          .sharedPrefixTokens, found: "\(sharedPrefixTokenCount)",
          expected: "between 0 and \(option: .promptTokens), \(promptTokenCount)"))
    }
  }

  /// Throws `EngineError.option` where the longest request would not fit a model of that length.
  package func validate(maxModelLen: Int) throws(EngineError) {
    guard promptTokenCount + outputTokenCount <= maxModelLen else {
      throw .option(
        OptionError(
          .promptTokens,
          found:
            "\(option: .promptTokens) is \(promptTokenCount) and \(option: .outputTokens) "
            + "\(outputTokenCount), together more than the \(maxModelLen) tokens that the model takes"
        ))
    }
  }

  /// The requests. Equal workloads give equal requests, and a request does not depend on how many there are.
  ///
  /// - Parameter vocabularySize: ids are drawn evenly below it; at least 1.
  package func requests(vocabularySize: Int) -> [WorkloadRequest] {
    var shared = RandomNumbers(seed: seed, stream: 0)
    let prefix = (0..<sharedPrefixTokenCount).map { _ in Int32(shared.below(vocabularySize)) }
    return (0..<requestCount).map { index in
      var numbers = RandomNumbers(seed: seed, stream: UInt32(index) + 1)
      let promptLength = max(length(promptTokenCount, &numbers), prefix.count)
      let outputLength = length(outputTokenCount, &numbers)
      let prompt = prefix + (prefix.count..<promptLength).map { _ in Int32(numbers.below(vocabularySize)) }
      return WorkloadRequest(promptTokenIDs: prompt, outputTokenCount: outputLength)
    }
  }

  private func length(_ longest: Int, _ numbers: inout RandomNumbers) -> Int {
    isRagged ? (longest + 1) / 2 + numbers.below(longest / 2 + 1) : longest
  }
}

/// One stream of numbers of a seed.
private struct RandomNumbers {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>

  init(seed: UInt64, stream: UInt32) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32))
    counter = SIMD4(0, stream, 0, 0)
  }

  /// A number in `0..<bound`; `bound` is 1…2^32.
  mutating func below(_ bound: Int) -> Int {
    let word = Philox.words(counter: counter, key: key).x
    counter.x &+= 1
    return Int((UInt64(word) * UInt64(bound)) >> 32)
  }
}

/// One request of a workload: greedy, and as long as it may get.
package struct WorkloadRequest: Sendable, Equatable {
  /// The prompt, at least one id.
  package let promptTokenIDs: [Int32]
  /// Tokens of the answer, at least 1.
  package let outputTokenCount: Int

  /// How its answer is made.
  package var params: SamplingParams {
    SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: outputTokenCount)
  }
}
