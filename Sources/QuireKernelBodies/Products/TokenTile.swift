/// A number of tokens known to the compiler.
public enum TokenTile<let count: Int> {}

/// One panel times one tile: what the loop over panels hands to a tile's body.
public struct TileWork: BitwiseCopyable {
  /// The panel's first byte.
  @usableFromInline let panel: UnsafeRawPointer
  /// The tile's activations.
  @usableFromInline let activations: UnsafeRawPointer
  /// The panel's first row of the tile's first token.
  @usableFromInline let output: UnsafeMutablePointer<Float>
  /// Floats from one token's outputs to the next one's.
  @usableFromInline let outputStride: Int
  /// Rows of the panel that exist.
  @usableFromInline let rowCount: Int
  /// Blocks or columns in a row.
  @usableFromInline let depth: Int
  /// The panel's factors on finished sums.
  @usableFromInline let rowScales: UnsafePointer<Float>?
  /// Weights that will be wanted soon, to be asked for on the way.
  @usableFromInline let ahead: UnsafeRawPointer
  /// How many bytes of them for each block; 0 where none are.
  @usableFromInline let aheadByteCount: Int
  /// Whether they come from memory, and are asked for in the second-level cache.
  @usableFromInline let isStreaming: Bool

  @inlinable @inline(__always)
  init(
    panel: UnsafeRawPointer, activations: UnsafeRawPointer, output: UnsafeMutablePointer<Float>,
    outputStride: Int, rowCount: Int, depth: Int, rowScales: UnsafePointer<Float>?,
    ahead: UnsafeRawPointer, aheadByteCount: Int, isStreaming: Bool
  ) {
    self.panel = panel
    self.activations = activations
    self.output = output
    self.outputStride = outputStride
    self.rowCount = rowCount
    self.depth = depth
    self.rowScales = rowScales
    self.ahead = ahead
    self.aheadByteCount = aheadByteCount
    self.isStreaming = isStreaming
  }

  /// Asks for the weights that are wanted soon, as far as they belong to block `block`.
  @inlinable @inline(__always)
  func prefetchAhead<I: SumVectors>(_ isa: I.Type, block: Int) {
    let lines = ahead + block * aheadByteCount
    var offset = 0
    while offset < aheadByteCount {
      if isStreaming { I.prefetchFar(lines + offset) } else { I.prefetch(lines + offset) }
      offset += 64
    }
  }

  /// Calls `body` with the first row of each vector that has rows: how many there are is not known to the compiler, which
  /// would unroll this loop too.
  @inlinable @inline(__always)
  func forEachVector<I: SumVectors>(_ isa: I.Type, _ body: (_ row: Int) -> Void) {
    var row = 0
    repeat {
      body(row)
      row += I.laneCount
    } while I.laneCount < PanelLayout.rowCount && row < rowCount
  }

  /// Writes the sums of rows `row..<row + laneCount` of token `token`, as far as the rows exist.
  @inlinable @inline(__always)
  func store<I: SumVectors>(_ isa: I.Type, _ sums: I.Floats, row: Int, token: Int) {
    let destination = output + token * outputStride + row
    if row + I.laneCount <= rowCount {
      I.store(sums, to: destination)
    } else if row < rowCount {
      var lanes = InlineArray<32, Float>(repeating: 0)
      var span = lanes.mutableSpan
      span.withUnsafeMutableBufferPointer { I.store(sums, to: $0.baseAddress!) }
      for lane in 0..<rowCount - row { destination[lane] = lanes[lane] }
    }
  }
}

extension PanelWork {
  /// Calls `body` for each panel of each tile of `T` tokens, a module's function of its own with nothing in it but a
  /// tile's product (see `TileEntries`).
  @inlinable @inline(__always)
  public func forEachTile<I: SumVectors, K: ProductKernel, let T: Int>(
    _ isa: I.Type, _ kernel: K.Type, _ tile: TokenTile<T>.Type, _ body: (TileWork) -> Void
  ) {
    forEachTile(
      isa, tileByteCount: K.tileByteCount(tokenCount: T, depth: depth),
      scaleByteCount: K.scaleByteCount(depth: depth), prefetching: K.prefetches, body)
  }

  /// Bytes between the weights that are read and those that are asked for, where each panel is read once.
  @inlinable @inline(__always)
  static var streamDistance: Int { 16384 }

  /// Calls `body` for each panel of each tile: the tile's activations and some panels stay in the first-level
  /// cache, and panels are read from further away once, while the ones before them are at work.
  ///
  /// - Parameters:
  ///   - tileByteCount: bytes of one tile's activations.
  ///   - scaleByteCount: bytes of a panel's scales, which stand before its weights.
  ///   - prefetching: whether the body asks for `ahead` block by block; else it is asked for before each tile.
  @inlinable @inline(__always)
  func forEachTile<I: SumVectors>(
    _ isa: I.Type, tileByteCount: Int, scaleByteCount: Int, prefetching: Bool, _ body: (TileWork) -> Void
  ) {
    // Half of a first-level cache of 32 KiB or 48 KiB for panels, the rest for a tile.
    let groupPanelCount = max(1, 20480 / panelByteCount)
    // Each panel of each tile asks for its share of the panels that follow, which another chunk may hold. One token
    // of numbers as they are has its own way to ask.
    let share = tileTokenCount == 1 && !prefetching ? 0 : (panelByteCount / tileCount + 63) & ~63
    let aheadByteCount = prefetching ? (share + depth - 1) / depth : 0
    var groupStart = 0
    while groupStart < panelCount {
      let groupEnd = min(panelCount, groupStart + groupPanelCount)
      for tile in 0..<tileCount {
        for panel in groupStart..<groupEnd {
          // Panels that are read once come from memory at the rate at which they are asked for: without a gap from one to
          // the next, and further ahead than the first-level cache can hold.
          let ahead =
            tileCount == 1
            ? panels + panel * panelByteCount + scaleByteCount + Self.streamDistance
            : panels + (panel + groupPanelCount) * panelByteCount + tile * share
          if !prefetching {
            for line in stride(from: 0, to: share, by: 64) { I.prefetch(ahead + line) }
          }
          body(
            TileWork(
              panel: panels + panel * panelByteCount, activations: activations + tile * tileByteCount,
              output: output + tile * tileTokenCount * outputStride + panel * PanelLayout.rowCount,
              outputStride: outputStride,
              rowCount: panel == panelCount - 1 ? lastPanelRowCount : PanelLayout.rowCount, depth: depth,
              rowScales: rowScales.map { $0 + panel * PanelLayout.rowCount }, ahead: ahead,
              aheadByteCount: aheadByteCount, isStreaming: tileCount == 1))
        }
      }
      groupStart = groupEnd
    }
  }
}
