package import QuirePlatform

extension ThreadTeam {
  /// Fewest elements of work that are worth waking a thread for (some 10 µs).
  package static var smallestShare: Int { 1 << 14 }

  /// Calls `body` with ranges that cover `0..<rowCount`, in parallel where the work is worth it.
  ///
  /// - Parameter workPerRow: elements that a row touches.
  package func forRows(_ rowCount: Int, workPerRow: Int, _ body: (Range<Int>) -> Void) {
    guard rowCount > 0 else { return }
    let worthwhile = max(1, rowCount * max(1, workPerRow) / Self.smallestShare)
    let chunkCount = min(rowCount, worthwhile, threadCount * 4)
    if chunkCount == 1 || threadCount == 1 {
      body(0..<rowCount)
      return
    }
    run(chunkCount: chunkCount) { chunk in
      body(rowCount * chunk / chunkCount..<rowCount * (chunk + 1) / chunkCount)
    }
  }
}
