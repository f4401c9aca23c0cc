import ArgumentParser
import QuireScheduleTools

/// What is asked of the scheduler.
struct RequestOptions: ParsableArguments {
  @Option(name: .customLong("requests"), help: "Number of requests.") var requestCount = 1_000_000
  @Option(
    name: .customLong("rate"),
    help: "Arrivals a second, a Poisson process; otherwise all wait from the start.")
  var requestsPerSecond: Double?
  @Option(name: .customLong("prompt-tokens"), help: "Median length of prompts.") var promptTokens = 96.0
  @Option(name: .customLong("prompt-limit"), help: "Greatest length of prompts.") var promptLimit = 1024
  @Option(name: .customLong("output-tokens"), help: "Median length of answers.") var outputTokens = 64.0
  @Option(name: .customLong("output-limit"), help: "Greatest length of answers, max_tokens of all requests.")
  var outputLimit = 512
  @Option(help: "Standard deviation of the logarithms of lengths; 0 makes them equal.") var spread = 0.8
  @Option(help: "Number of groups of requests that share the beginning of their prompts.")
  var sharedPrefixes = 0
  @Option(name: .customLong("shared-prefix-tokens"), help: "Tokens of such a beginning, before the rest.")
  var sharedPrefixTokens = 64
  @Option(help: "Share of requests with several samples.") var sampledShare = 0.0
  @Option(help: "Samples of such a request.") var samples = 4
  @Option(help: "Share of requests that are beam searches.") var searchedShare = 0.0
  @Option(help: "Beams of such a request.") var beams = 4
  @Option(help: "Share of requests that are aborted unless they have finished.") var abortedShare = 0.0
  @Option(help: "Mean seconds from arrival to abort.") var abortDelay = 600.0
  @Option(help: "What lengths and times are drawn from.") var seed: UInt64 = 0

  /// Every value checked.
  func workload() throws -> ScaleWorkload {
    for (name, count) in [
      ("requests", requestCount), ("prompt-limit", promptLimit), ("output-limit", outputLimit),
      ("samples", samples), ("beams", beams), ("shared-prefix-tokens", sharedPrefixTokens),

    ] where count < 1 || count > 1 << 30 {
      throw ValidationError("--\(name) is \(count), but must be at least 1 and at most 2^30")
    }
    for (name, value) in [
      ("rate", requestsPerSecond ?? 1), ("prompt-tokens", promptTokens), ("output-tokens", outputTokens),
      ("abort-delay", abortDelay),
    ] where !(value > 0 && value < 1e12) {
      throw ValidationError("--\(name) is \(value), but must be above 0")
    }
    guard sharedPrefixes >= 0 else {
      throw ValidationError("--shared-prefixes is \(sharedPrefixes), but must be at least 0")
    }
    guard (0...10).contains(spread) else {
      throw ValidationError("--spread is \(spread), but must be in 0...10")
    }
    for share in [sampledShare, searchedShare, abortedShare, sampledShare + searchedShare]
    where !(0...1).contains(share) {
      throw ValidationError("a share is \(share), but must be in 0...1, samples and beams together too")
    }
    var workload = ScaleWorkload()
    workload.requestCount = requestCount
    workload.requestsPerSecond = requestsPerSecond
    workload.promptTokens = LengthDistribution(median: promptTokens, spread: spread, limit: promptLimit)
    workload.outputTokens = LengthDistribution(median: outputTokens, spread: spread, limit: outputLimit)
    workload.prefixCount = sharedPrefixes
    workload.prefixTokenCount = sharedPrefixTokens
    workload.sampledShare = sampledShare
    workload.sampleCount = samples
    workload.searchedShare = searchedShare
    workload.beamWidth = beams
    workload.abortedShare = abortedShare
    workload.abortDelaySeconds = abortDelay
    workload.seed = seed
    return workload
  }
}
