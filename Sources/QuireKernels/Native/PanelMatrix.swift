import QuireKernelBodies
import QuirePlatform

/// Weights packed for the native kernels: the stacked tensors of one matmul.
final class PanelMatrix: Sendable {
  let segments: [PanelSegment]
  let instructionSet: InstructionSet
  /// Panels of the segments before each, and of all.
  private let panelStarts: [Int]
  /// What the segments want of the activations.
  private let activationFormats: [ActivationFormat]
  /// Tokens of a tile at most, the same for all segments.
  private let tileTokenCount: Int

  init(segments: [PanelSegment], instructionSet: InstructionSet) {
    self.segments = segments
    self.instructionSet = instructionSet
    panelStarts = segments.reduce(into: [0]) { $0.append($0.last! + $1.panelCount) }
    let formats = Set(segments.map(\.format.activations))
    activationFormats = ActivationFormat.allCases.filter(formats.contains)
    tileTokenCount = formats.map(\.tileTokenCount).min() ?? ActivationLayout.tileTokenCount
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
    on team: ThreadTeam
  ) {
    let tiles = TokenTiles(tokenCount: tokenCount, greatestWidth: tileTokenCount)
    let arrangements = activationFormats.map {
      ActivationTiles(tiles: tiles, columnCount: columnCount, format: $0)
    }
    ScratchPool.shared.withBytes(arrangements.reduce(0) { $0 + $1.paddedByteCount }) { memory in
      var next = memory
      var sources = [ActivationSource](
        repeating: ActivationSource(base: memory, tokenByteCount: 0), count: ActivationFormat.allCases.count)
      for arrangement in arrangements {
        arrangement.arrange(activations, into: next, instructionSet: instructionSet, on: team)
        sources[arrangement.format.rawValue] = ActivationSource(
          base: next, tokenByteCount: arrangement.tokenByteCount)
        next += arrangement.paddedByteCount
      }
      multiply(sources, tiles, into: output, outputStride: outputStride, bias: bias, on: team)
    }
  }

  /// Arranged activations.
  private struct ActivationSource {
    let base: UnsafeMutableRawPointer
    let tokenByteCount: Int
  }

  /// Splits panels and blocks of tokens into chunks for the team; `sources` are by the formats' raw values.
  private func multiply(
    _ sources: [ActivationSource], _ tiles: TokenTiles, into output: UnsafeMutablePointer<Float>,
    outputStride: Int, bias: UnsafePointer<Float>?, on team: ThreadTeam
  ) {
    let panelCount = panelStarts[segments.count]
    // A block of tokens stays in the second-level cache (1 MiB here) while the panels of a chunk pass.
    let tokenByteCount = sources[segments[0].format.activations.rawValue].tokenByteCount
    let blockTileCount = max(1, Self.tokenBlockByteCount / (tokenByteCount * tileTokenCount))
    let blockCount = (tiles.count + blockTileCount - 1) / blockTileCount
    let panelsPerChunk = Self.panelsPerChunk(
      panelCount: panelCount, panelWork: segments[0].columnCount * PanelLayout.rowCount,
      tokenCount: min(tiles.tokenCount, blockTileCount * tileTokenCount),
      threadCount: team.threadCount)
    let chunksPerBlock = (panelCount + panelsPerChunk - 1) / panelsPerChunk
    team.run(chunkCount: blockCount * chunksPerBlock) { chunk in
      let (block, index) = chunk.quotientAndRemainder(dividingBy: chunksPerBlock)
      let blockTiles = tiles.count * block / blockCount..<tiles.count * (block + 1) / blockCount
      let panels = index * panelsPerChunk..<min(panelCount, (index + 1) * panelsPerChunk)
      for (segment, start) in zip(segments, panelStarts) {
        let part = panels.clamped(to: start..<start + segment.panelCount)
        guard !part.isEmpty else { continue }
        let source = sources[segment.format.activations.rawValue]
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

  /// Bytes of the activations of a block of tokens.
  private static var tokenBlockByteCount: Int { 448 << 10 }

  /// Panels of a chunk: some microseconds of work, at least four chunks a thread where there is enough, and equal shares
  /// for all threads where there is little.
  private static func panelsPerChunk(
    panelCount: Int, panelWork: Int, tokenCount: Int, threadCount: Int
  ) -> Int {
    guard threadCount > 1 else { return panelCount }
    // Reading the weights takes as long as multiplying them by some eight tokens.
    let worthwhile = max(1, (1 << 20) / max(1, panelWork * max(8, tokenCount)))
    let chunkCount = panelCount / worthwhile
    if worthwhile > 1 && chunkCount >= threadCount {
      let evenChunkCount = chunkCount / threadCount * threadCount
      return (panelCount + evenChunkCount - 1) / evenChunkCount
    }
    let even = max(1, panelCount / (threadCount * 8))
    return max(worthwhile, min(even, 64))
  }
}
