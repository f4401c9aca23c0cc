import QuireKernelBodies

/// The new tokens of one sequence in a flattened batch.
package struct AttentionSegment {
  /// The first of its tokens among the batch's.
  package let tokenStart: Int
  /// The sequence's tokens in this step; at least 1.
  package let tokenCount: Int
  /// Absolute position of the first of them: the positions that the cache already holds.
  package let contextStart: Int
  /// Block ids in ascending absolute position, enough for `contextStart + tokenCount` positions.
  package let blockTable: UnsafePointer<Int32>

  /// Describes `tokenCount` tokens from position `contextStart` on.
  package init(tokenStart: Int, tokenCount: Int, contextStart: Int, blockTable: UnsafePointer<Int32>) {
    self.tokenStart = tokenStart
    self.tokenCount = tokenCount
    self.contextStart = contextStart
    self.blockTable = blockTable
  }
}

/// How the attention of a step is shared out, the same in all its layers.
///
/// A part is a few consecutive tokens of a sequence. A bundle is the parts that are computed together, so that each key
/// and value is read once for all of them: one part, or several of sequences whose block tables begin alike. A share of
/// the work is a bundle and a key/value head.
package struct AttentionShares {
  /// Consecutive tokens of a sequence.
  struct Part {
    /// The sequence's place among the segments.
    let segment: Int
    /// The first token's place in the segment.
    let tokenOffset: Int
    let tokenCount: Int

    /// Absolute position of the first token.
    func firstPosition(_ segments: UnsafeBufferPointer<AttentionSegment>) -> Int {
      segments[segment].contextStart + tokenOffset
    }

    /// The places of its tokens in the batch.
    func tokens(_ segments: UnsafeBufferPointer<AttentionSegment>) -> Range<Int> {
      let start = segments[segment].tokenStart + tokenOffset
      return start..<start + tokenCount
    }
  }

  /// A bundle and a key/value head.
  struct Item {
    let bundle: Int
    let keyValueHead: Int
  }

  /// The parts, bundle by bundle.
  private(set) var parts: [Part] = []
  /// The parts of each bundle.
  private(set) var bundles: [Range<Int>] = []
  /// The shares, in the order in which they are begun.
  private(set) var items: [Item] = []
  /// Number of shares.
  package var itemCount: Int { items.count }
  /// Query rows of the largest bundle.
  private(set) var mostRowCount = 0
  private var prefixes = SharedPrefixes()

  /// Shares without work.
  package init() {}

  /// Positions that sequences have in common at least, where they are bundled: for fewer the gain is not worth it.
  private static var leastSharedPositionCount: Int { 64 }
  /// Query rows of a bundle of several parts, about.
  private static var rowsPerBundle: Int { 24 }
  /// Shares of bundled work for each thread at least, so that none waits long for the others.
  private static var itemsPerThread: Int { 4 }

  /// Shares out a step.
  ///
  /// - Parameter threadCount: how many threads are to find shares.
  /// - Complexity: O(n log n) comparisons of block tables, n being the number of segments; where these have nothing in
  ///   common, each ends at the first block.
  package mutating func prepare(
    _ segments: UnsafeBufferPointer<AttentionSegment>, _ shape: AttentionShape, threadCount: Int
  ) {
    parts.removeAll(keepingCapacity: true)
    bundles.removeAll(keepingCapacity: true)
    items.removeAll(keepingCapacity: true)
    mostRowCount = 0
    bundleSharing(segments, shape, threadCount: threadCount)
    let tokensPerPart = shape.tokensPerPart
    for (index, segment) in segments.enumerated() {
      var end = prefixes.isBundled(index) ? lastPartStart(segment, tokensPerPart) : segment.tokenCount
      // The costliest (latest) tokens first.
      while end > 0 {
        let start = (end - 1) / tokensPerPart * tokensPerPart
        parts.append(Part(segment: index, tokenOffset: start, tokenCount: end - start))
        close(from: parts.count - 1, shape)
        for head in 0..<shape.layout.keyValueHeadCount {
          items.append(Item(bundle: bundles.count - 1, keyValueHead: head))
        }
        end = start
      }
    }
  }

  /// Leaves out the shares that hold none of the batch's tokens `rows`, in ascending order.
  package mutating func keepItems(of rows: [Int32], _ segments: UnsafeBufferPointer<AttentionSegment>) {
    items.removeAll { item in
      !parts[bundles[item.bundle]].contains { rows.hasElement(in: $0.tokens(segments)) }
    }
  }

  /// Where a segment's last tokens begin, which are bundled with others where they are few.
  private func lastPartStart(_ segment: AttentionSegment, _ tokensPerPart: Int) -> Int {
    (segment.tokenCount - 1) / tokensPerPart * tokensPerPart
  }

  /// Bundles the last parts of segments that begin alike and have few rows: the others read keys and values for many rows
  /// anyway.
  private mutating func bundleSharing(
    _ segments: UnsafeBufferPointer<AttentionSegment>, _ shape: AttentionShape, threadCount: Int
  ) {
    let tokensPerPart = shape.tokensPerPart
    let blockSize = shape.layout.blockSize
    prefixes.begin(segmentCount: segments.count)
    for (index, segment) in segments.enumerated() {
      let start = lastPartStart(segment, tokensPerPart)
      guard 2 * (segment.tokenCount - start) * shape.groupSize <= Self.rowsPerBundle else { continue }
      // Full blocks that all of its rows see.
      prefixes.add(
        segment: index, blockTable: segment.blockTable,
        blockCount: (segment.contextStart + start + 1) / blockSize)
    }
    let least = (Self.leastSharedPositionCount + blockSize - 1) / blockSize
    guard prefixes.findClusters(leastBlockCount: least) else { return }
    func rowCount(_ index: Int) -> Int {
      let segment = segments[index]
      return (segment.tokenCount - lastPartStart(segment, tokensPerPart)) * shape.groupSize
    }
    let heads = shape.layout.keyValueHeadCount
    let allRows = prefixes.clusters.joined().reduce(0) { $0 + rowCount(prefixes.order[$1]) }
    let rowLimit = max(1, min(Self.rowsPerBundle, allRows * heads / (Self.itemsPerThread * threadCount)))
    for cluster in prefixes.clusters {
      var rowsLeft = cluster.reduce(0) { $0 + rowCount(prefixes.order[$1]) }
      let firstBundle = bundles.count
      var bundlesLeft = (rowsLeft + rowLimit - 1) / rowLimit
      var firstPart = parts.count
      var rows = 0
      for place in cluster {
        let index = prefixes.order[place]
        let start = lastPartStart(segments[index], tokensPerPart)
        parts.append(
          Part(segment: index, tokenOffset: start, tokenCount: segments[index].tokenCount - start))
        rows += rowCount(index)
        guard rows * bundlesLeft >= rowsLeft || place == cluster.upperBound - 1 else { continue }
        close(from: firstPart, shape)
        firstPart = parts.count
        rowsLeft -= rows
        bundlesLeft -= 1
        rows = 0
      }
      // What a thread has read for a head is near when it goes on with the next bundle.
      for head in 0..<heads {
        for bundle in firstBundle..<bundles.count { items.append(Item(bundle: bundle, keyValueHead: head)) }
      }
    }
  }

  /// Makes a bundle of the parts from number `first` on.
  private mutating func close(from first: Int, _ shape: AttentionShape) {
    bundles.append(first..<parts.count)
    let tokenCount = parts[first...].reduce(0) { $0 + $1.tokenCount }
    mostRowCount = max(mostRowCount, tokenCount * shape.groupSize)
  }
}

extension [Int32] {
  /// Whether one of the ascending elements lies in `range`; logarithmic.
  fileprivate func hasElement(in range: Range<Int>) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if Int(self[middle]) < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < count && range.contains(Int(self[low]))
  }
}
