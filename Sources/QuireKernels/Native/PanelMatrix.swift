import QuireKernelBodies
import QuirePlatform

/// Weights packed for the native kernels: the stacked tensors of one matmul.
final class PanelMatrix: Sendable {
  let segments: [PanelSegment]
  let instructionSet: InstructionSet
  /// Panels of the segments before each, and of all.
  private let panelStarts: [Int]

  init(segments: [PanelSegment], instructionSet: InstructionSet) {
    self.segments = segments
    self.instructionSet = instructionSet
    panelStarts = segments.reduce(into: [0]) { $0.append($0.last! + $1.panelCount) }
  }

  var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }

  func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    guard let segment = segments.last(where: { $0.firstRow <= row }) else { return }
    segment.copyRow(row - segment.firstRow, to: destination)
  }

  /// See `PackedMatrix.multiply`; `outputStride` is the matrix's number of rows.
  func multiply(
    _ activations: UnsafePointer<Float>, tokenCount: Int, columnCount: Int,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, bias: UnsafePointer<Float>?,
    on team: ThreadTeam, preparing: ((Range<Int>) -> Void)?
  ) {
    let tiles = TokenTiles(tokenCount: tokenCount)
    let bytes = ActivationTiles(tiles: tiles, columnCount: columnCount, isQuantized: true)
    let floats = ActivationTiles(tiles: tiles, columnCount: columnCount, isQuantized: false)
    let quantizes = segments.contains { $0.format.quantizesActivations }
    let interleaves = segments.contains { !$0.format.quantizesActivations }
    let byteCount = quantizes ? bytes.byteCount : 0
    ScratchPool.shared.withBytes(byteCount + (interleaves ? floats.byteCount : 0)) { memory in
      // A few tokens at a time, so that what is prepared is arranged while it lies in the first-level cache.
      let pieceTokenCount = max(1, Self.pieceByteCount / (columnCount * 4))
      team.forRows(tokenCount, workPerRow: columnCount * (preparing == nil ? 1 : 4)) { tokens in
        for start in stride(from: tokens.lowerBound, to: tokens.upperBound, by: pieceTokenCount) {
          let piece = start..<min(start + pieceTokenCount, tokens.upperBound)
          preparing?(piece)
          if quantizes {
            bytes.arrange(activations, tokens: piece, into: memory, instructionSet: instructionSet)
          }
          if interleaves {
            floats.arrange(
              activations, tokens: piece, into: memory + byteCount, instructionSet: instructionSet)
          }
        }
      }
      multiply(
        bytes: (memory, bytes.tokenByteCount), floats: (memory + byteCount, floats.tokenByteCount), tiles,
        into: output, outputStride: outputStride, bias: bias, on: team)
    }
  }

  /// Splits panels and blocks of tokens into chunks for the team.
  private func multiply(
    bytes: (base: UnsafeMutableRawPointer, tokenByteCount: Int),
    floats: (base: UnsafeMutableRawPointer, tokenByteCount: Int), _ tiles: TokenTiles,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, bias: UnsafePointer<Float>?,
    on team: ThreadTeam
  ) {
    let panelCount = panelStarts[segments.count]
    // A block of tokens stays in the second-level cache (1 MiB here) while the panels of a chunk pass.
    let tokenByteCount =
      segments[0].format.quantizesActivations ? bytes.tokenByteCount : floats.tokenByteCount
    let blockTileCount = max(1, Self.tokenBlockByteCount / (tokenByteCount * ActivationLayout.tileTokenCount))
    let blockCount = (tiles.count + blockTileCount - 1) / blockTileCount
    let chunksPerBlock = Self.chunkCount(
      panelCount: panelCount, panelWork: segments[0].columnCount * PanelLayout.rowCount,
      tokenCount: min(tiles.tokenCount, blockTileCount * ActivationLayout.tileTokenCount),
      threadCount: team.threadCount)
    team.run(chunkCount: blockCount * chunksPerBlock) { chunk in
      let (block, index) = chunk.quotientAndRemainder(dividingBy: chunksPerBlock)
      let blockTiles = tiles.count * block / blockCount..<tiles.count * (block + 1) / blockCount
      let panels = panelCount * index / chunksPerBlock..<panelCount * (index + 1) / chunksPerBlock
      for (segment, start) in zip(segments, panelStarts) {
        let part = panels.clamped(to: start..<start + segment.panelCount)
        guard !part.isEmpty else { continue }
        let source = segment.format.quantizesActivations ? bytes : floats
        // Tiles of the two widths, one after the other.
        for range in [
          blockTiles.clamped(to: 0..<tiles.wideCount), blockTiles.clamped(to: tiles.wideCount..<tiles.count),
        ] where !range.isEmpty {
          let token = tiles.firstToken(ofTile: range.lowerBound)
          segment.multiply(
            panels: part.lowerBound - start..<part.upperBound - start,
            activations: source.base + token * source.tokenByteCount,
            tileTokenCount: tiles.width(ofTile: range.lowerBound), tileCount: range.count,
            output: output + token * outputStride, outputStride: outputStride, instructionSet: instructionSet)
        }
        guard let bias else { continue }
        let firstRow = segment.firstRow + (part.lowerBound - start) * PanelLayout.rowCount
        let endRow = min(
          segment.firstRow + segment.rowCount,
          segment.firstRow + (part.upperBound - start) * PanelLayout.rowCount)
        for token in tiles.firstToken(
          ofTile: blockTiles.lowerBound)..<tiles.firstToken(ofTile: blockTiles.upperBound)
        {
          Kernels.add(
            bias + firstRow, to: output + token * outputStride + firstRow, count: endRow - firstRow)
        }
      }
    }
  }

  /// Bytes of the activations that are prepared before they are arranged.
  private static var pieceByteCount: Int { 16 << 10 }

  /// Bytes of the activations of a block of tokens.
  private static var tokenBlockByteCount: Int { 448 << 10 }

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
