import QuireRequests

/// How the threads that compute are divided among engines.
///
/// Each run of a team ends with a wait of all for the last, dozens of times a step and layer, so that a large team waits
/// more and gains less ([docs/scaling.md](docs/scaling.md)). Answers do not depend on the layout.
package struct EngineLayout: Sendable, Equatable {
  /// Threads of an engine beyond which there are more engines, where nobody says how many.
  package static let greatestTeam = 8
  /// Engines at most.
  package static let engineLimit = 256

  /// Threads of each engine, at least 1; of two engines the first has as many as the second, or one more.
  package let threadCounts: [Int]

  /// Number of engines.
  package var engineCount: Int { threadCounts.count }

  /// Divides `threadCount` threads.
  ///
  /// - Parameters:
  ///   - engineCount: nil takes one up to eight threads; beyond, as few as have teams of at most eight, and as many on each
  ///     memory node.
  ///   - nodeCount: memory nodes (NUMA) with processors that the process may use, at least 1.
  /// - Throws: `EngineError.option` for more engines than threads, or none.
  package init(engineCount: Int?, threadCount: Int, nodeCount: Int) throws(EngineError) {
    let count: Int
    if let engineCount {
      try EngineError.check(.engines, engineCount, 1...Self.engineLimit)
      guard engineCount <= threadCount else {
        throw .option(
          OptionError(
            .engines,
            found: "\(option: .engines) is \(engineCount), but there are \(threadCount) threads to compute",
            remedy: "give at most \(threadCount), or \(option: .threads) at least \(engineCount)"))
      }
      count = engineCount
    } else {
      count = Self.automaticCount(threadCount: threadCount, nodeCount: nodeCount)
    }
    threadCounts = (0..<count).map { threadCount / count + ($0 < threadCount % count ? 1 : 0) }
  }

  private static func automaticCount(threadCount: Int, nodeCount: Int) -> Int {
    guard threadCount > greatestTeam else { return 1 }
    let perNode = (threadCount + greatestTeam * nodeCount - 1) / (greatestTeam * nodeCount)
    return min(perNode * nodeCount, threadCount, engineLimit)
  }
}
