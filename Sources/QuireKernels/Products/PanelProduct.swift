import QuireKernelBodies
import QuirePlatform

/// One call's product of a matrix's panels and the tokens' tiles, and how it is split among the threads.
struct PanelProduct {
  let matrix: PanelMatrix
  /// The panels that are multiplied, for products that go to rows; nil for all.
  let selection: PanelSelection?
  /// `[tokens × columns]`; nil where they are arranged already.
  let activations: UnsafePointer<Float>?
  /// The tokens, in order.
  let groups: TokenGroups
  let arrangements: Arrangements
  /// Memory of as many bytes as the arrangements of all tokens take.
  let memory: UnsafeMutableRawPointer
  let target: ProductTarget
  /// The bias of each row, for products that go to rows.
  let bias: UnsafePointer<Float>?

  /// Computes all of it; `preparing` makes the activations of a range of tokens.
  ///
  /// One run of the team: before a group's first product each member arranges tokens until all of the group are.
  func run(preparing: ((Range<Int>) -> Void)?, on team: ThreadTeam) {
    let work = { groupWork($0, isPrepared: preparing == nil, threadCount: team.threadCount) }
    let lower = work(groups.lower)
    let middle = work(groups.middle)
    let upper = work(groups.upper)
    let lowerPieces = SharedPieces(count: lower.pieceCount)
    let middlePieces = SharedPieces(count: middle.pieceCount)
    let upperPieces = SharedPieces(count: upper.pieceCount)
    let middleStart = lower.chunkCount
    let upperStart = middleStart + middle.chunkCount
    team.runRanges(chunkCount: upperStart + upper.chunkCount) { chunks in
      run(chunks, of: lower, startingAt: 0, lowerPieces, preparing)
      run(chunks, of: middle, startingAt: middleStart, middlePieces, preparing)
      run(chunks, of: upper, startingAt: upperStart, upperPieces, preparing)
    }
  }

  /// Runs those of `chunks` that are a group's, whose first one is chunk `start`.
  private func run(
    _ chunks: Range<Int>, of work: GroupWork, startingAt start: Int, _ pieces: borrowing SharedPieces,
    _ preparing: ((Range<Int>) -> Void)?
  ) {
    let part = chunks.clamped(to: start..<start + work.chunkCount)
    guard !part.isEmpty else { return }
    let tokenCount = work.group.tiles.tokenCount
    pieces.finish { piece in
      let tokens = tokenCount * piece / work.pieceCount..<tokenCount * (piece + 1) / work.pieceCount
      arrange(tokens, work.group, preparing)
    }
    let unitCount = unitCount
    let end = part.upperBound - start
    var first = part.lowerBound - start
    while first < end {
      let index = first / work.chunksPerBlock
      let blockStart = index * work.chunksPerBlock
      let blockEnd = min(end, blockStart + work.chunksPerBlock)
      let firstUnit = unitCount * (first - blockStart) / work.chunksPerBlock
      let endUnit = unitCount * (blockEnd - blockStart) / work.chunksPerBlock
      let units = firstUnit..<endUnit
      let block = Block(group: work.group, tiles: work.tiles(ofBlock: index))
      switch target {
      case .rows(let output, let stride):
        if let selection {
          selection.forEachRange(of: units) { multiply(panels: $0, block, output, stride: stride) }
        } else {
          multiply(panels: units, block, output, stride: stride)
        }
      case .gated(let target): multiply(units: units, block, target)
      }
      first = blockEnd
    }
  }

  private var columnCount: Int { arrangements.columnCount }

  /// Where an arrangement of the activations lies.
  private func source(_ tiles: ActivationTiles) -> UnsafeMutableRawPointer {
    memory + arrangements.offset(of: tiles, tokenCount: groups.tokenCount)
  }

  /// Prepares and arranges a few tokens of a group at a time: what is prepared is arranged while it lies in the
  /// first-level cache.
  private func arrange(_ tokens: Range<Int>, _ group: TokenGroup, _ preparing: ((Range<Int>) -> Void)?) {
    guard let activations else { return }
    let pieceTokenCount = max(1, Self.preparedByteCount / (columnCount * 4))
    for start in stride(from: tokens.lowerBound, to: tokens.upperBound, by: pieceTokenCount) {
      let piece = start..<min(start + pieceTokenCount, tokens.upperBound)
      preparing?(piece.lowerBound + group.firstToken..<piece.upperBound + group.firstToken)
      arrangements.forEach { arrangement in
        arrangement.arrange(
          activations + group.firstToken * columnCount, tokens: piece, of: group.tiles,
          into: source(arrangement) + group.firstToken * arrangement.tokenByteCount,
          kernels: matrix.kernels)
      }
    }
  }
}

// Products of some panels and a block of tiles.
extension PanelProduct {
  /// Some tiles of a group.
  private struct Block {
    let group: TokenGroup
    let tiles: Range<Int>

    var tileCount: Int { tiles.count }
    /// Tokens of the tiles, from the group's first on.
    var tokens: Range<Int> {
      group.tiles.firstToken(ofTile: tiles.lowerBound)..<group.tiles.firstToken(ofTile: tiles.upperBound)
    }
  }

  /// Multiplies panels `panels` of the matrix by the tiles of a block, and adds the bias.
  private func multiply(
    panels: Range<Int>, _ block: Block, _ output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for (index, segment) in matrix.segments.enumerated() {
      let start = matrix.panelStarts[index]
      let part = panels.clamped(to: start..<start + segment.panelCount)
      guard !part.isEmpty else { continue }
      let segmentPanels = part.lowerBound - start..<part.upperBound - start
      let target = output + block.group.firstToken * stride + segment.firstRow
      multiply(segment, segmentPanels, block, target, stride: stride)
      guard let bias else { continue }
      let firstRow = segmentPanels.lowerBound * PanelLayout.rowCount
      let endRow = min(segment.rowCount, segmentPanels.upperBound * PanelLayout.rowCount)
      for token in block.tokens {
        Kernels.add(
          bias + segment.firstRow + firstRow, to: target + token * stride + firstRow, count: endRow - firstRow
        )
      }
    }
  }

  /// Multiplies the panels of some units of a gate and its factors by the tiles of a block, and gates the products.
  private func multiply(units: Range<Int>, _ block: Block, _ target: GatedTarget) {
    let (gate, factors) = (matrix.segments[0], matrix.segments[1])
    let tokenCount = GatedTarget.tileCount * matrix.tileTokenCount
    ScratchPool.gated.withBytes(GatedTarget.scratchByteCount(tokenCount: tokenCount)) { scratch in
      let products = scratch.assumingMemoryBound(to: Float.self)
      for unit in units {
        let first = unit * GatedTarget.unitPanelCount
        let panels = first..<min(first + GatedTarget.unitPanelCount, gate.panelCount)
        let width = panels.count * PanelLayout.rowCount
        for tile in stride(
          from: block.tiles.lowerBound, to: block.tiles.upperBound, by: GatedTarget.tileCount)
        {
          let part = Block(
            group: block.group, tiles: tile..<min(tile + GatedTarget.tileCount, block.tiles.upperBound))
          // Row 0 of the group's token 0, were all of them here.
          let origin = products - part.tokens.lowerBound * 2 * width - first * PanelLayout.rowCount
          multiply(gate, panels, part, origin, stride: 2 * width)
          multiply(factors, panels, part, origin + width, stride: 2 * width)
          target.arrange(
            products, unit: unit, tokens: part.tokens, of: block.group,
            kernels: matrix.kernels)
        }
      }
    }
  }

  /// Multiplies panels of a segment by the tiles of a block; `output` is row 0 of the group's token 0.
  private func multiply(
    _ segment: PanelSegment, _ panels: Range<Int>, _ block: Block, _ output: UnsafeMutablePointer<Float>,
    stride outputStride: Int
  ) {
    let tiles = block.group.tiles
    // Tiles of the two widths, one after the other, while the panels lie in the second-level cache.
    let pieceCount = max(1, Self.pieceByteCount / segment.panelByteCount)
    for first in stride(from: panels.lowerBound, to: panels.upperBound, by: pieceCount) {
      let piece = first..<min(first + pieceCount, panels.upperBound)
      let wide = block.tiles.clamped(to: 0..<tiles.wideCount)
      multiply(segment, piece, wide, block.group, output, stride: outputStride)
      let narrow = block.tiles.clamped(to: tiles.wideCount..<tiles.count)
      multiply(segment, piece, narrow, block.group, output, stride: outputStride)
    }
  }

  /// Multiplies panels of a segment by tiles of one width.
  private func multiply(
    _ segment: PanelSegment, _ panels: Range<Int>, _ tileRange: Range<Int>, _ group: TokenGroup,
    _ output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    guard !tileRange.isEmpty else { return }
    let token = group.tiles.firstToken(ofTile: tileRange.lowerBound)
    let arranged = arrangements.tiles(segment.format.activations, segment.columnOrder)
    let tokenByteCount = arranged.tokenByteCount
    segment.multiply(
      panels: panels, activations: source(arranged) + (group.firstToken + token) * tokenByteCount,
      tileTokenCount: group.tiles.width(ofTile: tileRange.lowerBound), tileCount: tileRange.count,
      output: output + token * stride, outputStride: stride)
  }
}

// How the work is split.
extension PanelProduct {
  /// Bytes of the activations that are prepared before they are arranged.
  private static var preparedByteCount: Int { 16 << 10 }

  /// Bytes of the panels that are multiplied by tiles of one width, then by those of the other.
  private static var pieceByteCount: Int { 256 << 10 }

  /// Bytes of the activations of a block of tokens.
  private static var blockByteCount: Int { 448 << 10 }

  /// What a thread multiplies at least: a panel, or the panels whose products are gated together.
  private var unitCount: Int {
    switch target {
    case .rows: selection?.count ?? matrix.panelStarts[matrix.segments.count]
    case .gated:
      (matrix.segments[0].panelCount + GatedTarget.unitPanelCount - 1) / GatedTarget.unitPanelCount
    }
  }

  /// How a group's work is split.
  ///
  /// - Parameter isPrepared: whether the activations are there, and need no more than arranging.
  private func groupWork(_ group: TokenGroup, isPrepared: Bool, threadCount: Int) -> GroupWork {
    guard group.tiles.count > 0 else {
      return GroupWork(group: group, blockCount: 0, chunksPerBlock: 1, pieceCount: 0)
    }
    return GroupWork(
      group: group, blockCount: blockCount(of: group),
      chunksPerBlock: chunksPerBlock(of: group, threadCount: threadCount),
      pieceCount: activations == nil
        ? 0 : arrangePieceCount(group, isPrepared: isPrepared, threadCount: threadCount))
  }

  private func blockCount(of group: TokenGroup) -> Int {
    let format = matrix.segments[0].format.activations
    let tileByteCount = arrangements.tiles(format).tokenByteCount * matrix.tileTokenCount
    let blockTileCount = max(1, Self.blockByteCount / tileByteCount)
    return (group.tiles.count + blockTileCount - 1) / blockTileCount
  }

  /// Tokens of a group's blocks, the greatest number.
  private func blockTokenCount(of group: TokenGroup) -> Int {
    let blockCount = blockCount(of: group)
    return (group.tiles.tokenCount + blockCount - 1) / blockCount
  }

  /// Pieces that a group's tokens are arranged in: one for each thread of a few microseconds, more where there is more.
  private func arrangePieceCount(_ group: TokenGroup, isPrepared: Bool, threadCount: Int) -> Int {
    guard threadCount > 1 else { return 1 }
    let tokenCount = group.tiles.tokenCount
    let work = tokenCount * columnCount * (isPrepared ? 1 : 4)
    return max(1, min(tokenCount, work / ThreadTeam.smallestShare, 4 * threadCount))
  }

  /// Chunks that the units are split into for each block of a group: each about a microsecond of work, or more
  /// where that is fine enough. A thread takes many at a time, and towards the end one by one.
  private func chunksPerBlock(of group: TokenGroup, threadCount: Int) -> Int {
    guard threadCount > 1 else { return 1 }
    var tokenCount = blockTokenCount(of: group)
    var most = 16 * threadCount
    if group.firstToken > 0 && group.endToken < groups.tokenCount {
      // The middle's chunks are as much work as the others, and there are some for all.
      most = max(threadCount, most * tokenCount / blockTokenCount(of: groups.lower))
    } else {
      // A few tokens wait for the weights: reading one takes as long as multiplying it by some ten.
      tokenCount = max(tokenCount, 10)
    }
    let panelCount = selection?.count ?? matrix.panelStarts[matrix.segments.count]
    let rowCount = panelCount * PanelLayout.rowCount
    let worthwhile = min(unitCount, most, (rowCount * columnCount * tokenCount) >> 18)
    // As many for each thread where there are few.
    return worthwhile < threadCount ? max(1, worthwhile) : worthwhile / threadCount * threadCount
  }
}

/// How the products of a group of tokens are split.
private struct GroupWork {
  let group: TokenGroup
  /// Blocks of tiles: their activations stay in the second-level cache (1 MiB here) while the panels of a chunk pass.
  let blockCount: Int
  /// Chunks that the panels are split into for each block.
  let chunksPerBlock: Int
  /// Pieces that the group's tokens are arranged in; 0 where they are arranged already.
  let pieceCount: Int

  var chunkCount: Int { blockCount * chunksPerBlock }

  /// The tiles of block `index`.
  func tiles(ofBlock index: Int) -> Range<Int> {
    let count = group.tiles.count
    return count * index / blockCount..<count * (index + 1) / blockCount
  }
}
