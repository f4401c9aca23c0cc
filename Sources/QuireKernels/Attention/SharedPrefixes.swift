/// Which of a step's sequences have block tables that begin alike.
///
/// Tables are put in lexicographic order, so that those with the longest beginnings in common stand side by side, as the
/// leaves of a tree of their blocks do.
struct SharedPrefixes {
  private struct Candidate {
    let segment: Int
    let blockTable: UnsafePointer<Int32>
    let blockCount: Int
  }

  private var candidates: [Candidate] = []
  private var bundled: [Bool] = []
  /// The sequences of all clusters, by their place among the segments; those of a cluster in the order of their tables.
  private(set) var order: [Int] = []
  /// The places in `order` of sequences that begin alike, two at least.
  private(set) var clusters: [Range<Int>] = []

  /// Begins a step.
  mutating func begin(segmentCount: Int) {
    candidates.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    clusters.removeAll(keepingCapacity: true)
    bundled.removeAll(keepingCapacity: true)
    bundled.append(contentsOf: repeatElement(false, count: segmentCount))
  }

  /// Adds a sequence that may share the first `blockCount` blocks of its table.
  mutating func add(segment: Int, blockTable: UnsafePointer<Int32>, blockCount: Int) {
    candidates.append(Candidate(segment: segment, blockTable: blockTable, blockCount: blockCount))
  }

  /// Whether a sequence is one of a cluster.
  func isBundled(_ segment: Int) -> Bool { bundled[segment] }

  /// Finds the clusters: sequences of which each has `leastBlockCount` blocks, at least 1, in common with the next one.
  ///
  /// - Returns: whether there are any.
  mutating func findClusters(leastBlockCount: Int) -> Bool {
    // Sequences that are too short for a cluster need no order.
    candidates.removeAll { $0.blockCount < leastBlockCount }
    guard candidates.count > 1 else { return false }
    candidates.sort(by: Self.precedes)
    var start = 0
    while start < candidates.count {
      var end = start + 1
      while end < candidates.count,
        Self.commonBlockCount(candidates[end - 1], candidates[end]) >= leastBlockCount
      {
        end += 1
      }
      if end > start + 1 {
        clusters.append(order.count..<order.count + end - start)
        for candidate in candidates[start..<end] {
          order.append(candidate.segment)
          bundled[candidate.segment] = true
        }
      }
      start = end
    }
    return !clusters.isEmpty
  }

  private static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
    let place = firstDifference(a, b)
    if place < min(a.blockCount, b.blockCount) { return a.blockTable[place] < b.blockTable[place] }
    return (a.blockCount, a.segment) < (b.blockCount, b.segment)
  }

  private static func firstDifference(_ a: Candidate, _ b: Candidate) -> Int {
    let count = min(a.blockCount, b.blockCount)
    var place = 0
    while place < count && a.blockTable[place] == b.blockTable[place] { place += 1 }
    return place
  }

  /// Blocks that two tables begin with, without those that have been given up, which come first.
  private static func commonBlockCount(_ a: Candidate, _ b: Candidate) -> Int {
    let end = firstDifference(a, b)
    var start = 0
    while start < end && a.blockTable[start] < 0 { start += 1 }
    return end - start
  }
}
