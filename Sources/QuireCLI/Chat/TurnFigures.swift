import QuireEngine
import QuireRequests

/// What a turn has cost.
struct TurnFigures {
  /// Tokens of the prompt.
  let promptTokenCount: Int
  /// Prompt tokens that were computed; the others were in the cache.
  private(set) var computedPromptTokenCount = 0
  /// Tokens of the answer so far.
  private(set) var outputTokenCount = 0

  private let start = ContinuousClock.now
  private var firstToken: ContinuousClock.Instant?
  private var lastToken = ContinuousClock.now

  /// The figures of a turn that has not begun.
  init(_ request: PreparedRequest) { promptTokenCount = request.promptTokenIDs.count }

  /// Prompt tokens that an earlier turn had computed.
  var cachedPromptTokenCount: Int { max(0, promptTokenCount - computedPromptTokenCount) }

  /// Takes down what a step has done.
  mutating func note(
    _ updates: [RequestUpdate], _ statistics: EngineStatistics, since before: EngineStatistics
  ) {
    computedPromptTokenCount = statistics.promptTokenCount - before.promptTokenCount
    outputTokenCount = statistics.outputTokenCount - before.outputTokenCount
    lastToken = .now
    if firstToken == nil, outputTokenCount > 0 { firstToken = lastToken }
  }

  /// The figures in words.
  var text: String {
    var text = "prompt: \(promptTokenCount) tokens, \(cachedPromptTokenCount) of them cached"
    guard let firstToken else { return text }
    text += "; first token after \(Self.seconds(firstToken - start)) s; answer: \(outputTokenCount) tokens"
    let duration = (lastToken - firstToken) / .seconds(1)
    guard outputTokenCount > 1, duration > 0 else { return text }
    return text + ", \(Self.tenths(Double(outputTokenCount - 1) / duration)) tokens/s"
  }

  private static func seconds(_ duration: Duration) -> String { tenths(duration / .seconds(1)) }

  /// A number with two digits behind the point where it is small, with one elsewhere.
  private static func tenths(_ value: Double) -> String {
    let factor = value < 10 ? 100.0 : 10
    return "\((value * factor).rounded() / factor)"
  }
}
