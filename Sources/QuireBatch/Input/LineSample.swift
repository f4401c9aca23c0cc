import QuireOpenAI
package import QuireRequests

extension OptionName {
  /// How many lines are drawn from the input.
  package static let sample = OptionName(rawValue: "sample")
}

/// Lines drawn from an input: as many as asked for, the same ones each time, whatever their order.
///
/// A line's rank is drawn from the seed and its key: its id, or its content and its number among identical ones. The
/// lowest ranks win, so that a line that is added takes the place of one at most.
package struct LineSample: Sendable {
  /// Lines that are taken.
  private let count: Int
  private let seed: Int64

  /// - Parameters:
  ///   - count: lines that are taken, at least 0; all where the input has fewer.
  ///   - seed: what ranks are drawn from.
  package init(count: Int, seed: Int64) {
    self.count = count
    self.seed = seed
  }

  /// The places of the lines that are taken, after a reading of the whole input.
  ///
  /// Memory: 16 bytes a line of the input and 32 a line of the sample; time: that of parsing, and linear in the lines
  /// otherwise, but for a logarithm of the sample's size.
  ///
  /// - Parameter isInterrupted: asked between lines; true ends the reading, and there is no sample then.
  func indices(
    of source: any LineSource, _ parser: LineParser, isInterrupted: () -> Bool
  ) throws(IOError) -> Set<Int>? {
    var registry = LineRegistry(runSeed: seed)
    var ranks: [Rank] = []
    while !isInterrupted() {
      switch try source.next(waitMilliseconds: 100) {
      case .line(let line):
        let registration = registry.register(
          id: parser.parse(line).line.id, content: line.distinguishingBytes, lineNumber: line.index + 1)
        ranks.append(Rank(value: registration.identity.randomKey, index: line.index))
        if ranks.count - count >= max(count, 1024) { keepLowest(&ranks) }
      case .notReady: continue
      case .end:
        if let failure = source.failure { throw IOError(failure) }
        keepLowest(&ranks)
        return Set(ranks.map(\.index))
      }
    }
    return nil
  }

  private func keepLowest(_ ranks: inout [Rank]) {
    guard ranks.count > count else { return }
    ranks.sort()
    ranks.removeLast(ranks.count - count)
  }

  private struct Rank: Comparable {
    let value: UInt64
    let index: Int

    static func < (left: Rank, right: Rank) -> Bool {
      (left.value, left.index) < (right.value, right.index)
    }
  }
}
