import QuireEngine
import QuireSampling

/// Gathers what an engine draws until it is worth handing over to the journal: four times a second, or where it is much.
///
/// Lines that are answered in between are never noted at all.
struct DrawCollector {
  /// What is drawn may wait here for so long, and for the end of a step.
  private static let patience = Duration.milliseconds(250)
  /// Tokens and reported log-probabilities that may wait here.
  private static let entryLimit = 1 << 14

  private var draws: [StepDraw] = []
  private var entryCount = 0
  private var lastTime = ContinuousClock.now

  /// Takes in the draws of a step, for requests that go on.
  mutating func take(_ draws: [StepDraw]) {
    self.draws += draws
    for draw in draws { entryCount += draw.draw.entryCount }
  }

  /// Whether it is time to hand over.
  var isDue: Bool {
    !draws.isEmpty && (entryCount >= Self.entryLimit || .now - lastTime >= Self.patience)
  }

  /// Hands over what was gathered.
  ///
  /// - Parameter key: what names the line of a request; nil where it is under way no more.
  mutating func handOver(_ key: (UInt64) -> LineKey?) -> [JournalEntry] {
    defer {
      draws.removeAll(keepingCapacity: true)
      entryCount = 0
      lastTime = .now
    }
    return draws.compactMap { draw in key(draw.requestID).map { .draw($0, draw.draw) } }
  }
}

extension RecordedDraw {
  /// Tokens and log-probabilities in it.
  fileprivate var entryCount: Int {
    switch self {
    case .token(_, let draw): 1 + (draw.logprobs?.count ?? 0)
    case .beams(let choices): choices.reduce(0) { $0 + 1 + ($1.logprobs?.count ?? 0) }
    }
  }
}
