import QuireKernelBodies

/// What the shares of a step's attention read in the blocks of one group of layers.
package struct AttentionReads {
  /// What a kernel is told of a bundle.
  struct Bundle {
    /// The bundle's parts, as in `AttentionShares`.
    let parts: Range<Int>
    /// The first of its pieces: the shared ones, then one for each part.
    let firstPiece: Int
    let sharedPieceCount: Int
    /// Where the tiles end that several parts read together, in positions.
    let sharedEnd: Int
    let rowCount: Int
  }

  private(set) var parts: [AttentionPart] = []
  private(set) var pieces: [AttentionPiece] = []
  private(set) var bundles: [Bundle] = []
  /// How many blocks a part has in common with the next one, in the bundle that is being made.
  private var common: [Int] = []

  /// Reads of nothing.
  package init() {}

  /// How many positions a key/value head's shares read, those that several parts read together counted once; as far as
  /// the group's window reaches.
  package var positionCount: Int {
    bundles.reduce(0) { count, bundle in
      let ownStart = bundle.firstPiece + bundle.sharedPieceCount
      let shared = pieces[bundle.firstPiece..<ownStart].reduce(0) {
        $0 + max(0, min($1.end, bundle.sharedEnd) - $1.start)
      }
      return pieces[ownStart..<ownStart + bundle.parts.count].reduce(count + shared) {
        $0 + max(0, $1.end - max($1.start, bundle.sharedEnd))
      }
    }
  }

  /// Finds what the bundles of a step read.
  ///
  /// - Parameters:
  ///   - segments: the step's sequences with their tables for these layers; they outlive what is found.
  ///   - window: positions that a token sees on that layer of the group which sees most, itself included; nil for all
  ///     before it.
  package mutating func prepare(
    _ shares: AttentionShares, _ segments: UnsafeBufferPointer<AttentionSegment>, _ shape: AttentionShape,
    window: Int?
  ) {
    parts.removeAll(keepingCapacity: true)
    pieces.removeAll(keepingCapacity: true)
    bundles.removeAll(keepingCapacity: true)
    let window = window ?? .max
    for bundle in shares.bundles {
      var row = 0
      for part in shares.parts[bundle] {
        parts.append(
          AttentionPart(
            firstRow: row, token: part.tokens(segments).lowerBound, tokenCount: part.tokenCount,
            firstPosition: part.firstPosition(segments)))
        row += part.tokenCount * shape.groupSize
      }
      let firstPiece = pieces.count
      var sharedEnd = 0
      if bundle.count > 1 {
        sharedEnd = appendShared(bundle, shares, segments, shape, window: window)
      }
      let sharedPieceCount = pieces.count - firstPiece
      for part in bundle {
        let (first, end) = (firstSeen(part, window), endPosition(part))
        append(part..<part + 1, first..<end, segments[shares.parts[part].segment].blockTable, shape)
      }
      bundles.append(
        Bundle(
          parts: bundle, firstPiece: firstPiece, sharedPieceCount: sharedPieceCount, sharedEnd: sharedEnd,
          rowCount: row))
    }
  }

  /// The first position that the first token of a part sees.
  private func firstSeen(_ part: Int, _ window: Int) -> Int {
    max(0, parts[part].firstPosition - (window - 1))
  }

  /// The position after a part's last token.
  private func endPosition(_ part: Int) -> Int { parts[part].firstPosition + parts[part].tokenCount }

  /// Appends what the parts of a bundle read in the tiles that some of them share.
  ///
  /// - Returns: the end of those tiles; 0 where nothing is shared, and nothing appended.
  private mutating func appendShared(
    _ bundle: Range<Int>, _ shares: AttentionShares, _ segments: UnsafeBufferPointer<AttentionSegment>,
    _ shape: AttentionShape, window: Int
  ) -> Int {
    let blockSize = shape.layout.blockSize
    func table(_ part: Int) -> UnsafePointer<Int32> { segments[shares.parts[part].segment].blockTable }
    // Before what its first token sees, a part's table may hold no blocks.
    let unit = shape.layout.sharedBlockUnit
    let start = (bundle.reduce(0) { max($0, firstSeen($1, window) / blockSize) } + unit - 1) / unit * unit
    common.removeAll(keepingCapacity: true)
    for part in bundle.dropLast() {
      let (a, b) = (table(part), table(part + 1))
      // All rows of both see a block that ends with the first token of either.
      let limit = (min(parts[part].firstPosition, parts[part + 1].firstPosition) + 1) / blockSize
      var end = start
      while end < limit && a[end] == b[end] { end += 1 }
      common.append(max(start, end / unit * unit))
    }
    let end = common.max() ?? start
    guard end > start else { return 0 }
    for part in bundle where firstSeen(part, window) < start * blockSize {
      let end = min(start * blockSize, endPosition(part))
      append(part..<part + 1, firstSeen(part, window)..<end, table(part), shape)
    }
    appendTree(bundle, bundle, from: start, blockSize, table, shape)
    let tile = AttentionWork.tilePositionCount
    return (end * blockSize + tile - 1) / tile * tile
  }

  /// Appends what some neighbours of a bundle have in common from block `start` on, and then what those of them have in
  /// common that share more, down to the single parts.
  private mutating func appendTree(
    _ range: Range<Int>, _ bundle: Range<Int>, from start: Int, _ blockSize: Int,
    _ table: (Int) -> UnsafePointer<Int32>, _ shape: AttentionShape
  ) {
    let first = range.lowerBound
    guard range.count > 1 else {
      let end = endPosition(first)
      if start * blockSize < end { append(range, start * blockSize..<end, table(first), shape) }
      return
    }
    let place = first - bundle.lowerBound
    let end = common[place..<place + range.count - 1].min() ?? start
    if end > start { append(range, start * blockSize..<end * blockSize, table(first), shape) }
    var branch = first
    for part in range where part == range.upperBound - 1 || common[part - bundle.lowerBound] == end {
      appendTree(branch..<part + 1, bundle, from: end, blockSize, table, shape)
      branch = part + 1
    }
  }

  /// Appends the piece of `positions` that the rows of some parts in a row read in the blocks of a table.
  private mutating func append(
    _ range: Range<Int>, _ positions: Range<Int>, _ blockTable: UnsafePointer<Int32>, _ shape: AttentionShape
  ) {
    let last = parts[range.upperBound - 1]
    var leastPosition = Int.max
    var isReadOnce = true
    for part in parts[range] {
      leastPosition = min(leastPosition, part.firstPosition)
      isReadOnce = isReadOnce && part.tokenCount == 1
    }
    pieces.append(
      AttentionPiece(
        firstRow: parts[range.lowerBound].firstRow, endRow: last.firstRow + last.tokenCount * shape.groupSize,
        blockTable: blockTable, start: positions.lowerBound, end: positions.upperBound,
        leastPosition: leastPosition, isReadOnce: isReadOnce))
  }
}
