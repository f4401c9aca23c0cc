import QuireKernelBodies
import QuirePlatform

/// One call's product of a matrix's panels and the tokens' tiles, and how it is split among the threads.
struct PanelProduct {
  private let matrix: PanelMatrix
  /// `[tokens × columns]`; nil where they are arranged already.
  private let activations: UnsafePointer<Float>?
  private let groups: [TokenGroup]
  private let arrangements: [ActivationTiles]
  /// Where each arrangement lies, by its format's raw value.
  private let sources: [UnsafeMutableRawPointer]
  private let target: ProductTarget
  private let bias: UnsafePointer<Float>?

  /// - Parameters:
  ///   - activations: `[tokens × columns]`; nil where `memory` has them arranged already.
  ///   - groups: the tokens, in order.
  ///   - memory: as many bytes as the arrangements' padded byte counts together.
  ///   - bias: of each row, for products that go to rows.
  init(
    matrix: PanelMatrix, activations: UnsafePointer<Float>?, groups: [TokenGroup],
    arrangements: [ActivationTiles], memory: UnsafeMutableRawPointer,
    target: ProductTarget, bias: UnsafePointer<Float>?
  ) {
    self.matrix = matrix
    self.activations = activations
    self.groups = groups
    self.arrangements = arrangements
    var sources = [UnsafeMutableRawPointer](repeating: memory, count: ActivationFormat.allCases.count)
    var next = memory
    for arrangement in arrangements {
      sources[arrangement.format.rawValue] = next
      next += arrangement.paddedByteCount(tokenCount: groups.last?.endToken ?? 0)
    }
    self.sources = sources
    self.target = target
    self.bias = bias
  }

  /// Computes all of it; `preparing` makes the activations of a range of tokens.
  ///
  /// One run of the team: before a group's first product each member arranges tokens until all of the group are.
  func run(preparing: ((Range<Int>) -> Void)?, on team: ThreadTeam) {
    let blocks = self.blocks
    let chunksPerBlock = chunkCount(
      blocks[0].tileCount * matrix.tileTokenCount, threadCount: team.threadCount)
    let chunkCount = blocks.count * chunksPerBlock
    let unitCount = self.unitCount
    let piecesPerGroup = arrangePieceCount(preparing: preparing != nil, threadCount: team.threadCount)
    let lower = SharedPieces(count: activations == nil ? 0 : piecesPerGroup)
    let upper = SharedPieces(count: activations == nil ? 0 : piecesPerGroup)
    let arrangeGroup = { (group: TokenGroup) in
      let arrangePiece = { (piece: Int) in
        let count = group.tiles.tokenCount
        arrange(
          count * piece / piecesPerGroup..<count * (piece + 1) / piecesPerGroup, group, preparing)
      }
      if group.firstToken == 0 { lower.finish(arrangePiece) } else { upper.finish(arrangePiece) }
    }
    team.runRanges(chunkCount: chunkCount) { chunks in
      var first = chunks.lowerBound
      while first < chunks.upperBound {
        let block = first / chunksPerBlock
        arrangeGroup(blocks[block].group)
        let end = min(chunks.upperBound, (block + 1) * chunksPerBlock)
        let parts = first - block * chunksPerBlock..<end - block * chunksPerBlock
        let units =
          unitCount * parts.lowerBound / chunksPerBlock..<unitCount * parts.upperBound / chunksPerBlock
        switch target {
        case .rows(let output, let stride): multiply(panels: units, blocks[block], output, stride: stride)
        case .gated(let target): multiply(units: units, blocks[block], target)
        }
        first = end
      }
    }
  }

  private var columnCount: Int { arrangements[0].columnCount }

  /// Pieces that a group's tokens are arranged in: one for each thread of a few microseconds, more where there is more.
  private func arrangePieceCount(preparing: Bool, threadCount: Int) -> Int {
    let tokenCount = groups.reduce(0) { $0 + $1.tiles.tokenCount }
    let work = tokenCount * columnCount * (preparing ? 4 : 1)
    let wanted = min(tokenCount, work / ThreadTeam.smallestShare, 4 * threadCount)
    return threadCount == 1 ? 1 : max(1, wanted / groups.count)
  }

  /// Prepares and arranges a few tokens of a group at a time: what is prepared is arranged while it lies in the
  /// first-level cache.
  private func arrange(_ tokens: Range<Int>, _ group: TokenGroup, _ preparing: ((Range<Int>) -> Void)?) {
    guard let activations else { return }
    let pieceTokenCount = max(1, Self.preparedByteCount / (columnCount * 4))
    for start in stride(from: tokens.lowerBound, to: tokens.upperBound, by: pieceTokenCount) {
      let piece = start..<min(start + pieceTokenCount, tokens.upperBound)
      preparing?(piece.lowerBound + group.firstToken..<piece.upperBound + group.firstToken)
      for arrangement in arrangements {
        arrangement.arrange(
          activations + group.firstToken * columnCount, tokens: piece, of: group.tiles,
          into: sources[arrangement.format.rawValue] + group.firstToken * arrangement.tokenByteCount,
          instructionSet: matrix.instructionSet)
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
    /// Their tokens, from the group's first on.
    var tokens: Range<Int> {
      group.tiles.firstToken(ofTile: tiles.lowerBound)..<group.tiles.firstToken(ofTile: tiles.upperBound)
    }
  }

  /// The groups in blocks of tiles that stay in the second-level cache (1 MiB here) while the panels of a chunk pass;
  /// as many of each group.
  private var blocks: [Block] {
    let tokenByteCount = arrangements.first { $0.format == matrix.segments[0].format.activations }?
      .tokenByteCount
    let tileCount = max(1, Self.blockByteCount / ((tokenByteCount ?? 1) * matrix.tileTokenCount))
    let count = groups.reduce(1) { max($0, ($1.tiles.count + tileCount - 1) / tileCount) }
    return groups.flatMap { group in
      (0..<count).map {
        Block(group: group, tiles: group.tiles.count * $0 / count..<group.tiles.count * ($0 + 1) / count)
      }
    }
  }

  /// Multiplies panels `panels` of the matrix by the tiles of a block, and adds the bias.
  private func multiply(
    panels: Range<Int>, _ block: Block, _ output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    for (segment, start) in zip(matrix.segments, matrix.panelStarts) {
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
            instructionSet: matrix.instructionSet)
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
      for range in [0..<tiles.wideCount, tiles.wideCount..<tiles.count] {
        multiply(segment, piece, block.tiles.clamped(to: range), block.group, output, stride: outputStride)
      }
    }
  }

  /// Multiplies panels of a segment by tiles of one width.
  private func multiply(
    _ segment: PanelSegment, _ panels: Range<Int>, _ tileRange: Range<Int>, _ group: TokenGroup,
    _ output: UnsafeMutablePointer<Float>, stride: Int
  ) {
    guard !tileRange.isEmpty else { return }
    let token = group.tiles.firstToken(ofTile: tileRange.lowerBound)
    let format = segment.format.activations
    let tokenByteCount = arrangements.first { $0.format == format }?.tokenByteCount ?? 0
    segment.multiply(
      panels: panels, activations: sources[format.rawValue] + (group.firstToken + token) * tokenByteCount,
      tileTokenCount: group.tiles.width(ofTile: tileRange.lowerBound), tileCount: tileRange.count,
      output: output + token * stride, outputStride: stride, instructionSet: matrix.instructionSet)
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
    case .rows: matrix.panelStarts[matrix.segments.count]
    case .gated:
      (matrix.segments[0].panelCount + GatedTarget.unitPanelCount - 1) / GatedTarget.unitPanelCount
    }
  }

  /// Chunks that the units are split into for a block of `tokenCount` tokens: each some microseconds of work. A thread
  /// takes many at a time, and towards the end one by one.
  private func chunkCount(_ tokenCount: Int, threadCount: Int) -> Int {
    guard threadCount > 1 else { return 1 }
    // A few tokens wait for the weights: reading one takes as long as multiplying it by some ten.
    let rowCount = matrix.panelStarts[matrix.segments.count] * PanelLayout.rowCount
    let worthwhile = min(unitCount, (rowCount * columnCount * max(tokenCount, 10)) >> 20)
    // As many for each thread where there are few.
    return worthwhile < threadCount ? max(1, worthwhile) : worthwhile / threadCount * threadCount
  }
}
