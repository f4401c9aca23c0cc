/// Which lines of an output are computed again: the same ones each time, drawn by their keys.
package enum AnswerSample: Equatable, Sendable {
  /// So many of them; all where there are fewer.
  case count(Int)
  /// A share of them, from 0 to 1, rounded up.
  case share(Double)

  /// The sample that a text asks for, as `100`, `1%` or `0.5%`; nil for any other text.
  package init?(text: String) {
    if text.hasSuffix("%") {
      guard let percent = Double(text.dropLast()), 0...100 ~= percent else { return nil }
      self = .share(percent / 100)
    } else {
      guard let count = Int(text), count >= 0 else { return nil }
      self = .count(count)
    }
  }

  /// Lines of a sample of so many lines.
  func lineCount(of lineCount: Int) -> Int {
    switch self {
    case .count(let count): min(count, lineCount)
    case .share(let share): min(lineCount, Int((Double(lineCount) * share).rounded(.up)))
    }
  }

  /// The keys of the lines, and the numbers of their records.
  ///
  /// Memory: 40 bytes a line of the sample.
  ///
  /// - Parameter seed: what is drawn from, beside the keys.
  func lines(of file: AnsweredFile, seed: Int64) throws(JobError) -> [LineKey: Int] {
    let count = lineCount(of: file.ledger.recordCount)
    var ranks: [Rank] = []
    func keepLowest() {
      guard ranks.count > count else { return }
      ranks.sort { ($0.value, $0.number) < ($1.value, $1.number) }
      ranks.removeLast(ranks.count - count)
    }
    try file.forEachRecord { number, record in
      ranks.append(Rank(value: Self.rank(record.key, seed), key: record.key, number: number))
      if ranks.count - count >= max(count, 1024) { keepLowest() }
    }
    keepLowest()
    return Dictionary(ranks.map { ($0.key, $0.number) }, uniquingKeysWith: { first, _ in first })
  }

  private struct Rank {
    let value: UInt64
    let key: LineKey
    let number: Int
  }

  /// A number that hangs on all bits of a key and the seed: the finaliser of SplitMix64, twice.
  private static func rank(_ key: LineKey, _ seed: Int64) -> UInt64 {
    func mixed(_ value: UInt64) -> UInt64 {
      var value = value
      value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
      value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
      return value ^ value >> 31
    }
    let words = key.words
    let high = UInt64(words[0]) << 32 | UInt64(words[1])
    return mixed(mixed(UInt64(bitPattern: seed) &+ 0x9e37_79b9_7f4a_7c15 ^ high) ^ UInt64(words[2]))
  }
}
