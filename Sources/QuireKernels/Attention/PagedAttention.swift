package import QuirePlatform

extension Kernels {
  /// Positions of a tile: scores of one tile are made, turned into weights and used before the next tile. Tiles
  /// start at absolute multiples of this, so that the order of every sum depends on positions alone: not on the
  /// block size, the chunking of a prompt, or the other sequences of the batch.
  static var attentionTile: Int { 256 }

  /// Causal grouped-query attention of a flattened batch over the paged cache, prompt chunks and single tokens alike.
  ///
  /// Softmax is the online form, tile by tile in ascending position: maximum, rescaling, exponentials summed in
  /// sixteen lanes, values added position by position.
  ///
  /// - Parameters:
  ///   - queries: rows of `[queryHeadCount × headDimension]`, rotated, `queryStride` floats apart, one a token.
  ///   - blocks: block 0 of the layer; the keys and values of the batch's own tokens are stored already.
  ///   - window: positions that a token sees, itself included; nil for all before it.
  ///   - output: rows of `[queryHeadCount × headDimension]`, without gaps.
  ///
  /// Source: Milakov and Gimelshein 2018, "Online normalizer calculation for softmax", arXiv 1805.02867; Kwon et al.
  /// 2023, arXiv 2309.06180.
  package static func pagedAttention(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafePointer<Float>,
    segments: UnsafePointer<AttentionSegment>, items: UnsafeBufferPointer<AttentionItem>, shape: AttentionShape,
    window: Int?, into output: UnsafeMutablePointer<Float>, on team: ThreadTeam
  ) {
    let context = AttentionContext(
      queries: queries, queryStride: queryStride, blocks: blocks, shape: shape, window: window ?? .max,
      output: output)
    var work = 0
    for item in items { work += shape.work(of: item, in: segments[item.segment]) }
    if work < ThreadTeam.smallestShare * 4 {
      for item in items { context.attend(item, segments[item.segment]) }
    } else {
      team.run(chunkCount: items.count) { index in
        context.attend(items[index], segments[items[index].segment])
      }
    }
  }
}

/// The arguments that all items of a call share.
struct AttentionContext {
  let queries: UnsafePointer<Float>
  let queryStride: Int
  let blocks: UnsafePointer<Float>
  let shape: AttentionShape
  let window: Int
  let output: UnsafeMutablePointer<Float>

  /// Computes the output rows of one item. Rows are (token, query head of the group), tokens outermost.
  func attend(_ item: AttentionItem, _ segment: AttentionSegment) {
    let group = shape.groupSize
    let rowCount = item.tokenCount * group
    let scoreStride = Kernels.attentionTile + 16
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rowCount * (scoreStride + 2)) { scratch in
      withUnsafeTemporaryAllocation(of: AttentionRow.self, capacity: rowCount) { rows in
        let scores = scratch.baseAddress!
        let dimension = shape.layout.headDimension
        for row in 0..<rowCount {
          let token = segment.tokenStart + item.tokenOffset + row / group
          let head = item.keyValueHead * group + row % group
          let position = segment.contextStart + item.tokenOffset + row / group
          let outputRow = output + (token * shape.layout.keyValueHeadCount * group + head) * dimension
          outputRow.update(repeating: 0, count: dimension)
          rows[row] = AttentionRow(
            query: queries + token * queryStride + head * dimension, output: outputRow,
            scores: scores + row * scoreStride, first: max(0, position - (window - 1)), last: position)
        }
        attendTiles(rows.baseAddress!, rowCount, item.keyValueHead, segment.blockTable)
        for row in 0..<rowCount {
          Kernels.scale(rows[row].output, by: 1 / rows[row].sum, count: dimension)
        }
      }
    }
  }

  private func attendTiles(
    _ rows: UnsafeMutablePointer<AttentionRow>, _ rowCount: Int, _ head: Int, _ blockTable: UnsafePointer<Int32>
  ) {
    let tile = Kernels.attentionTile
    let first = rows[0].first
    let last = rows[rowCount - 1].last
    var tileStart = first / tile * tile
    while tileStart <= last {
      let range = max(first, tileStart)..<min(last + 1, tileStart + tile)
      forBlockRuns(range, blockTable) { positions, block, slot in
        let keys = block + shape.layout.keyOffset(head: head) + slot
        scoreRows(rows, rowCount, keys: keys, column: positions.lowerBound - tileStart, count: positions.count)
      }
      for row in 0..<rowCount {
        rows[row].weigh(
          tileStart: tileStart, covered: range, scale: shape.scale, dimension: shape.layout.headDimension)
      }
      forBlockRuns(range, blockTable) { positions, block, slot in
        let values =
          block + shape.layout.valueOffset(head: head) + slot * shape.layout.headDimension
        addRows(rows, rowCount, values: values, column: positions.lowerBound - tileStart, count: positions.count)
      }
      tileStart += tile
    }
  }

  /// Calls `body` with the part of `range` in each block, the block and the slot of the part's first position.
  @inline(__always)
  private func forBlockRuns(
    _ range: Range<Int>, _ blockTable: UnsafePointer<Int32>,
    _ body: (_ positions: Range<Int>, _ block: UnsafePointer<Float>, _ slot: Int) -> Void
  ) {
    let blockSize = shape.layout.blockSize
    var start = range.lowerBound
    while start < range.upperBound {
      let (index, slot) = start.quotientAndRemainder(dividingBy: blockSize)
      let end = min(range.upperBound, (index + 1) * blockSize)
      body(start..<end, blocks + Int(blockTable[index]) * shape.layout.blockElementCount, slot)
      start = end
    }
  }
}

/// One query head of one token on its way through the tiles.
struct AttentionRow {
  /// `[headDimension]`.
  let query: UnsafePointer<Float>
  /// `[headDimension]`: the weighted sum of values so far.
  let output: UnsafeMutablePointer<Float>
  /// Scores, then weights of the tile's positions; 16 more may be overwritten.
  let scores: UnsafeMutablePointer<Float>
  /// First position that the row sees.
  let first: Int
  /// Last position that the row sees: its own.
  let last: Int
  /// The greatest scaled score so far.
  var maximum = -Float.infinity
  /// The sum of weights so far, relative to `maximum`.
  var sum: Float = 0

  init(
    query: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, scores: UnsafeMutablePointer<Float>,
    first: Int, last: Int
  ) {
    self.query = query
    self.output = output
    self.scores = scores
    self.first = first
    self.last = last
  }

  /// Turns the tile's scores into weights relative to the new maximum, and rescales what was summed before.
  ///
  /// Weights of covered positions that the row does not see become exactly 0.
  mutating func weigh(tileStart: Int, covered: Range<Int>, scale: Float, dimension: Int) {
    let low = max(first, covered.lowerBound) - tileStart
    let high = min(last + 1, covered.upperBound) - tileStart
    guard low < high else {
      for column in covered.lowerBound - tileStart..<covered.upperBound - tileStart { scores[column] = 0 }
      return
    }
    // Whole vectors from a multiple of 16 of the tile on: a position has the same lane whatever is masked.
    let hullStart = low & ~15
    let hullEnd = (high + 15) & ~15
    for column in hullStart..<low { scores[column] = -.infinity }
    for column in high..<hullEnd { scores[column] = -.infinity }
    let tileMaximum = scale * Kernels.maximum(scores + hullStart, count: hullEnd - hullStart)
    if tileMaximum > maximum {
      if sum > 0 {
        let factor = Kernels.exp(SIMD16(repeating: maximum - tileMaximum))[0]
        sum *= factor
        Kernels.scale(output, by: factor, count: dimension)
      }
      maximum = tileMaximum
    }
    sum += Kernels.exponentiate(
      scores + hullStart, count: hullEnd - hullStart, scale: scale, subtracting: maximum)
    for column in covered.lowerBound - tileStart..<max(hullStart, covered.lowerBound - tileStart) {
      scores[column] = 0
    }
    for column in min(hullEnd, covered.upperBound - tileStart)..<covered.upperBound - tileStart {
      scores[column] = 0
    }
  }
}
