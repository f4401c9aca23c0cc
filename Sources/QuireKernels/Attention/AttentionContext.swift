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
    _ rows: UnsafeMutablePointer<AttentionRow>, _ rowCount: Int, _ head: Int,
    _ blockTable: UnsafePointer<Int32>
  ) {
    let tile = Kernels.attentionTile
    let first = rows[0].first
    let last = rows[rowCount - 1].last
    var tileStart = first / tile * tile
    while tileStart <= last {
      let range = max(first, tileStart)..<min(last + 1, tileStart + tile)
      forBlockRuns(range, blockTable) { positions, block, slot in
        let keys = block + shape.layout.keyOffset(head: head) + slot
        scoreRows(
          rows, rowCount, keys: keys, column: positions.lowerBound - tileStart, count: positions.count)
      }
      for row in 0..<rowCount {
        rows[row].weigh(
          tileStart: tileStart, covered: range, scale: shape.scale, dimension: shape.layout.headDimension)
      }
      forBlockRuns(range, blockTable) { positions, block, slot in
        let values =
          block + shape.layout.valueOffset(head: head) + slot * shape.layout.headDimension
        addRows(
          rows, rowCount, values: values, column: positions.lowerBound - tileStart, count: positions.count)
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
