import QuireKernelBodies
import QuirePlatform

/// One call's product of a matrix's panels and the tokens' tiles, and how it is split among the threads.
struct PanelProduct {
  private let matrix: PanelMatrix
  private let activations: UnsafePointer<Float>
  private let tiles: TokenTiles
  private let arrangements: [ActivationTiles]
  /// Where each arrangement lies, by its format's raw value.
  private let sources: [UnsafeMutableRawPointer]
  private let output: UnsafeMutablePointer<Float>
  private let outputStride: Int
  private let bias: UnsafePointer<Float>?

  /// - Parameter memory: as many bytes as the arrangements' padded byte counts together.
  init(
    matrix: PanelMatrix, activations: UnsafePointer<Float>, tiles: TokenTiles,
    arrangements: [ActivationTiles],
    memory: UnsafeMutableRawPointer, output: UnsafeMutablePointer<Float>, outputStride: Int,
    bias: UnsafePointer<Float>?
  ) {
    self.matrix = matrix
    self.activations = activations
    self.tiles = tiles
    self.arrangements = arrangements
    var sources = [UnsafeMutableRawPointer](repeating: memory, count: ActivationFormat.allCases.count)
    var next = memory
    for arrangement in arrangements {
      sources[arrangement.format.rawValue] = next
      next += arrangement.paddedByteCount
    }
    self.sources = sources
    self.output = output
    self.outputStride = outputStride
    self.bias = bias
  }

  /// Computes all of it; `preparing` makes the activations of a range of tokens.
  func run(preparing: ((Range<Int>) -> Void)?, on team: ThreadTeam) {
    let panelCount = matrix.panelStarts[matrix.segments.count]
    team.forRows(tiles.tokenCount, workPerRow: columnCount * (preparing == nil ? 1 : 4)) {
      arrange($0, preparing)
    }
    // A block of tokens stays in the second-level cache (1 MiB here) while the panels of a chunk pass.
    let blockCount = (tiles.count + blockTileCount - 1) / blockTileCount
    let chunksPerBlock = Self.chunkCount(
      panelCount: panelCount, panelWork: columnCount * PanelLayout.rowCount,
      tokenCount: min(tiles.tokenCount, blockTileCount * matrix.tileTokenCount),
      threadCount: team.threadCount)
    team.run(chunkCount: blockCount * chunksPerBlock) { chunk in
      let (block, index) = chunk.quotientAndRemainder(dividingBy: chunksPerBlock)
      multiply(
        panels: panelCount * index / chunksPerBlock..<panelCount * (index + 1) / chunksPerBlock,
        tiles.count * block / blockCount..<tiles.count * (block + 1) / blockCount)
    }
  }

  private var columnCount: Int { arrangements[0].columnCount }

  private func tokens(of tileRange: Range<Int>) -> Range<Int> {
    tiles.firstToken(ofTile: tileRange.lowerBound)..<tiles.firstToken(ofTile: tileRange.upperBound)
  }

  /// Prepares and arranges a few tokens at a time: what is prepared is arranged while it lies in the first-level cache.
  private func arrange(_ tokens: Range<Int>, _ preparing: ((Range<Int>) -> Void)?) {
    let pieceTokenCount = max(1, Self.pieceByteCount / (columnCount * 4))
    for start in stride(from: tokens.lowerBound, to: tokens.upperBound, by: pieceTokenCount) {
      let piece = start..<min(start + pieceTokenCount, tokens.upperBound)
      preparing?(piece)
      for arrangement in arrangements {
        arrangement.arrange(
          activations, tokens: piece, into: sources[arrangement.format.rawValue],
          instructionSet: matrix.instructionSet)
      }
    }
  }

  /// Multiplies panels `panels` of the matrix by the tiles of `tileRange`, and adds the bias.
  private func multiply(panels: Range<Int>, _ tileRange: Range<Int>) {
    for (segment, start) in zip(matrix.segments, matrix.panelStarts) {
      let part = panels.clamped(to: start..<start + segment.panelCount)
      guard !part.isEmpty else { continue }
      // Tiles of the two widths, one after the other.
      multiply(
        segment, part.lowerBound - start..<part.upperBound - start,
        tileRange.clamped(to: 0..<tiles.wideCount))
      multiply(
        segment, part.lowerBound - start..<part.upperBound - start,
        tileRange.clamped(to: tiles.wideCount..<tiles.count))
      guard let bias else { continue }
      let firstRow = segment.firstRow + (part.lowerBound - start) * PanelLayout.rowCount
      let endRow = min(
        segment.firstRow + segment.rowCount,
        segment.firstRow + (part.upperBound - start) * PanelLayout.rowCount)
      for token in tokens(of: tileRange) {
        Kernels.add(bias + firstRow, to: output + token * outputStride + firstRow, count: endRow - firstRow)
      }
    }
  }

  /// Multiplies panels of a segment by tiles of one width.
  private func multiply(_ segment: PanelSegment, _ panels: Range<Int>, _ tileRange: Range<Int>) {
    guard !tileRange.isEmpty else { return }
    let token = tiles.firstToken(ofTile: tileRange.lowerBound)
    let format = segment.format.activations
    let tokenByteCount = arrangements.first { $0.format == format }?.tokenByteCount ?? 0
    segment.multiply(
      panels: panels, activations: sources[format.rawValue] + token * tokenByteCount,
      tileTokenCount: tiles.width(ofTile: tileRange.lowerBound), tileCount: tileRange.count,
      output: output + token * outputStride, outputStride: outputStride,
      instructionSet: matrix.instructionSet)
  }
}

// How the work is split.
extension PanelProduct {
  /// Bytes of the activations that are prepared before they are arranged.
  private static var pieceByteCount: Int { 16 << 10 }

  /// Bytes of the activations of a block of tokens.
  private static var tokenBlockByteCount: Int { 448 << 10 }

  private var blockTileCount: Int {
    let tokenByteCount = arrangements.first { $0.format == matrix.segments[0].format.activations }?
      .tokenByteCount
    return max(1, Self.tokenBlockByteCount / ((tokenByteCount ?? 1) * matrix.tileTokenCount))
  }

  /// Chunks that the panels are split into: each some microseconds of work, about eight a thread where there is enough,
  /// as many for each thread.
  private static func chunkCount(panelCount: Int, panelWork: Int, tokenCount: Int, threadCount: Int) -> Int {
    guard threadCount > 1 else { return 1 }
    // A few tokens wait for the weights: reading one takes as long as multiplying it by some ten.
    let worthwhile = (panelCount * panelWork * max(tokenCount, 10)) >> 20
    let wanted = max(8 * threadCount, (panelCount + 63) / 64)
    let count = min(panelCount, worthwhile, wanted)
    return count < threadCount ? max(1, count) : count / threadCount * threadCount
  }
}
