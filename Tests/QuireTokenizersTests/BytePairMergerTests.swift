import Synchronization
import Testing

@testable import QuireTokenizers

@Suite("Merging")
struct BytePairMergerTests {
  /// Joins any two symbols whose sizes sum to a power of two, and counts the questions.
  private final class Doubling: MergeRanks {
    let questionCount = Mutex(0)

    func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
      questionCount.withLock { $0 += 1 }
      let sum = UInt64(left + right)
      return left == right ? sum << 32 | sum : MergeTable.none
    }
  }

  private func merge(_ symbols: [Int32], by ranks: some MergeRanks) -> [Int32] {
    var merger = BytePairMerger()
    var output: [Int32] = []
    merger.begin()
    for (index, symbol) in symbols.enumerated() { merger.append(symbol, start: index) }
    [UInt8](repeating: 0x61, count: symbols.count).withUnsafeBufferPointer {
      merger.merge($0, by: ranks, into: &output)
    }
    return output
  }

  @Test("a piece of one letter asks a number of questions linear in its length")
  func linearQuestions() {
    let count = 20_000
    let ranks = Doubling()
    let merged = merge([Int32](repeating: 1, count: count), by: ranks)
    #expect(merged.reduce(0, +) == Int32(count))
    #expect(ranks.questionCount.withLock { $0 } < 4 * count)
  }

  /// Joins always the leftmost pair of lowest rank, by looking through all of them.
  private func naive(_ symbols: [Int32], by ranks: some MergeRanks) -> [Int32] {
    var symbols = symbols
    let text: [UInt8] = [0]
    while symbols.count > 1 {
      let merges = (0..<(symbols.count - 1)).map { index in
        text.withUnsafeBufferPointer {
          ranks.merge(symbols[index], symbols[index + 1], text: $0.baseAddress!, count: 2)
        }
      }
      let lowest = merges.min()!
      if lowest == MergeTable.none { break }
      let index = merges.firstIndex(of: lowest)!
      symbols[index] = Int32(truncatingIfNeeded: lowest)
      symbols.remove(at: index + 1)
    }
    return symbols
  }

  @Test("short and long pieces join as the definition says", arguments: [2, 3, 7, 31, 32, 33, 34, 100, 300])
  func definition(_ length: Int) {
    var state: UInt64 = 88_172_645_463_325_252
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    for _ in 0..<10 {
      let merges = (0..<40).map { _ in
        (left: Int32(next(12)), right: Int32(next(12)), result: Int32(next(12)))
      }
      let ranks = ListedMerges(table: MergeTable(merges))
      let symbols = (0..<length).map { _ in Int32(next(8)) }
      #expect(merge(symbols, by: ranks) == naive(symbols, by: ranks))
    }
  }
}
