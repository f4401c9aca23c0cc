import Foundation
import QuireTestSupport

/// The requests of a simulated run: how many, when they come, how long they are, which are sampled, searched or aborted.
package struct ScaleWorkload: Sendable, Equatable {
  /// Number of requests, at least 1.
  package var requestCount = 1_000_000
  /// Mean rate of a Poisson process of arrivals; nil lets all of them wait from the start.
  package var requestsPerSecond: Double?
  /// Lengths of prompts, without what they share.
  package var promptTokens = LengthDistribution(median: 96, spread: 0.8, limit: 1024)
  /// Lengths of answers; the limit is the `max_tokens` of all requests.
  package var outputTokens = LengthDistribution(median: 64, spread: 0.8, limit: 512)
  /// Number of groups that the requests belong to, evenly and at random; 0 for none.
  package var prefixCount = 0
  /// Tokens that all prompts of a group begin with, before their own; at least 1.
  package var prefixTokenCount = 64
  /// Share of the requests that want `sampleCount` answers, in 0...1.
  package var sampledShare = 0.0
  /// Answers of a sampled request, at least 1.
  package var sampleCount = 4
  /// Share of the requests that are beam searches, in 0...1; with `sampledShare` at most 1.
  package var searchedShare = 0.0
  /// Beams of a search, at least 1.
  package var beamWidth = 4
  /// Share of the requests that are aborted, where they have not finished by then, in 0...1.
  package var abortedShare = 0.0
  /// Mean time from arrival to abort, in seconds of the made-up clock.
  package var abortDelaySeconds = 600.0
  /// What all lengths and times depend on.
  package var seed: UInt64 = 0

  /// A million requests that wait from the start.
  package init() {}

  /// The requests in order of arrival.
  func requests() -> [SimulatedRequest] {
    var random = TestRandom(seed: seed)
    var seconds = 0.0
    return (0..<requestCount).map { _ in
      if let requestsPerSecond { seconds += exponential(mean: 1 / requestsPerSecond, &random) }
      let kind = random.uniform()
      let isAborted = random.uniform() < abortedShare
      let group = prefixCount > 0 ? random.below(prefixCount) : -1
      return SimulatedRequest(
        arrivalSeconds: seconds,
        abortSeconds: isAborted ? seconds + exponential(mean: abortDelaySeconds, &random) : .infinity,
        prefixGroup: Int32(group),
        promptTokenCount: Int32(promptTokens.draw(&random) + (group < 0 ? 0 : prefixTokenCount)),
        outputTokenCount: Int32(outputTokens.draw(&random)),
        sampleCount: kind < sampledShare ? Int32(sampleCount) : 1,
        beamWidth: kind >= 1 - searchedShare ? Int32(beamWidth) : 1)
    }
  }

  private func exponential(mean: Double, _ random: inout TestRandom) -> Double {
    -mean * log(1 - random.uniform())
  }
}

/// One request of a simulated run.
struct SimulatedRequest: Sendable {
  /// When it comes, on the made-up clock.
  let arrivalSeconds: Double
  /// When it is aborted, unless it has finished; infinity for never.
  let abortSeconds: Double
  /// Which requests it shares the beginning of its prompt with; -1 for none.
  let prefixGroup: Int32
  let promptTokenCount: Int32
  /// Tokens of the longest of its answers, at least 1.
  let outputTokenCount: Int32
  let sampleCount: Int32
  let beamWidth: Int32

  /// Tokens of one of its answers: the first is the longest, the others have any length up to its own.
  func outputTokenCount(ofSample index: Int, requestIndex: Int) -> Int {
    if index == 0 { return Int(outputTokenCount) }
    var random = TestRandom(seed: UInt64(requestIndex) << 16 ^ UInt64(index))
    return random.below(Int(outputTokenCount)) + 1
  }
}
