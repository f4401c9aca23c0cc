/// The arguments of an attention kernel: some consecutive tokens of each of some sequences, and the query heads of one
/// key/value head.
public struct AttentionWork: BitwiseCopyable {
  /// The first query head of the group of the batch's first token, `[groupSize x headDimension]`.
  public var queries: UnsafePointer<Float>
  /// Floats from one token's queries to the next one's.
  public var queryStride: Int
  /// Block 0 of the layer.
  public var blocks: UnsafeRawPointer
  /// Bytes from one block to the next.
  public var blockStride: Int
  /// Where in a block the head's keys start, `[headDimension][blockSize]`.
  public var keyByteOffset: Int
  /// Where in a block the head's values start, `[blockSize][headDimension]`.
  public var valueByteOffset: Int
  /// Positions of a block.
  public var blockSize: Int
  /// Elements of a head.
  public var headDimension: Int
  /// Query heads of the key/value head.
  public var groupSize: Int
  /// The tokens to compute, of each sequence some in a row.
  public var parts: UnsafePointer<AttentionPart>
  /// Number of parts, at least 1.
  public var partCount: Int
  /// What the rows read: `sharedPieceCount` pieces for the tiles below `sharedEnd`, those that come first in the order of
  /// positions before others of the same rows; then one for each part, all that it reads.
  public var pieces: UnsafePointer<AttentionPiece>
  /// Number of pieces of the tiles that several parts read together; 0 where each part reads for itself.
  public var sharedPieceCount: Int
  /// Where the tiles end that several parts read together; a multiple of `tilePositionCount`.
  public var sharedEnd: Int
  /// Rows of all parts: tokens times query heads, tokens outermost.
  public var rowCount: Int
  /// Positions that a token sees, itself included.
  public var window: Int
  /// Factor on each score.
  public var scale: Float
  /// What no scaled score exceeds in magnitude: they become `softCap * tanh(score / softCap)`; 0 for no cap.
  public var softCap: Float
  /// Where the outputs go; as `queries`.
  public var output: UnsafeMutablePointer<Float>
  /// Floats from one token's outputs to the next one's.
  public var outputStride: Int
  /// `scratchByteCount` bytes on a cache line.
  public var scratch: UnsafeMutableRawPointer
  /// Keys that the same thread wants when all parts are done.
  public var following: KeyRun

  /// Collects the arguments.
  @inlinable
  public init(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafeRawPointer, blockStride: Int,
    keyByteOffset: Int, valueByteOffset: Int, blockSize: Int, headDimension: Int, groupSize: Int,
    parts: UnsafePointer<AttentionPart>, partCount: Int, pieces: UnsafePointer<AttentionPiece>,
    sharedPieceCount: Int, sharedEnd: Int, rowCount: Int, window: Int, scale: Float, softCap: Float,
    output: UnsafeMutablePointer<Float>, outputStride: Int, scratch: UnsafeMutableRawPointer,
    following: KeyRun
  ) {
    self.queries = queries
    self.queryStride = queryStride
    self.blocks = blocks
    self.blockStride = blockStride
    self.keyByteOffset = keyByteOffset
    self.valueByteOffset = valueByteOffset
    self.blockSize = blockSize
    self.headDimension = headDimension
    self.groupSize = groupSize
    self.parts = parts
    self.partCount = partCount
    self.pieces = pieces
    self.sharedPieceCount = sharedPieceCount
    self.sharedEnd = sharedEnd
    self.rowCount = rowCount
    self.window = window
    self.scale = scale
    self.softCap = softCap
    self.output = output
    self.outputStride = outputStride
    self.scratch = scratch
    self.following = following
  }

  /// Positions of a tile: scores of one tile are made, turned into weights and used before the next tile. Tiles
  /// start at absolute multiples of this, so that the order of every sum depends on positions alone.
  @inlinable @inline(__always)
  public static var tilePositionCount: Int { 256 }

  /// Floats from one row's scores to the next one's: a tile, and what the last vector writes past it.
  @inlinable @inline(__always)
  static var scoreStride: Int { tilePositionCount + 16 }

  /// Rows with padding, which kernels may compute and nobody reads.
  @inlinable @inline(__always)
  var paddedRowCount: Int { (rowCount + 7) & ~7 }

  /// Dimensions with padding to whole vectors.
  @inlinable @inline(__always)
  var paddedDimension: Int { (headDimension + 15) & ~15 }

  /// Bytes of scratch that `attend` wants.
  @inlinable
  public static func scratchByteCount(rowCount: Int, headDimension: Int) -> Int {
    let rows = (rowCount + 7) & ~7
    let dimension = (headDimension + 15) & ~15
    return rows * (scoreStride + 2 * dimension) * 4 + rows * MemoryLayout<AttentionRow>.stride
      + tilePositionCount * (MemoryLayout<KeyVector>.stride + MemoryLayout<ValueRun>.stride + 4)
      + rows * 2 * tilePositionCount
  }

  /// `[paddedRowCount x scoreStride]`.
  @inlinable @inline(__always)
  var scores: UnsafeMutablePointer<Float> { scratch.assumingMemoryBound(to: Float.self) }

  /// Weighted sums so far, `[paddedRowCount x paddedDimension]`.
  @inlinable @inline(__always)
  var sums: UnsafeMutablePointer<Float> { scores + paddedRowCount * Self.scoreStride }

  /// Queries, `[headDimension x paddedRowCount]`.
  @inlinable @inline(__always)
  var turnedQueries: UnsafeMutablePointer<Float> { sums + paddedRowCount * paddedDimension }

  @inlinable @inline(__always)
  var rows: UnsafeMutablePointer<AttentionRow> {
    UnsafeMutableRawPointer(turnedQueries + paddedRowCount * paddedDimension)
      .assumingMemoryBound(to: AttentionRow.self)
  }

  @inlinable @inline(__always)
  var keyVectors: UnsafeMutablePointer<KeyVector> {
    UnsafeMutableRawPointer(rows + paddedRowCount).assumingMemoryBound(to: KeyVector.self)
  }

  @inlinable @inline(__always)
  var valueRuns: UnsafeMutablePointer<ValueRun> {
    UnsafeMutableRawPointer(keyVectors + Self.tilePositionCount).assumingMemoryBound(to: ValueRun.self)
  }

  /// Of values as bytes, the scale of each of the tile's positions.
  @inlinable @inline(__always)
  var valueScales: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(valueRuns + Self.tilePositionCount).assumingMemoryBound(to: Float.self)
  }

  /// Of values as bytes, the higher bytes of the tile's weights and then the lower ones, `[paddedRowCount x 2 x
  /// tilePositionCount]`.
  @inlinable @inline(__always)
  var weightBytes: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(valueScales + Self.tilePositionCount)
  }

  /// Queries as bytes, four dimensions in a word: of each sixteen dimensions the higher bytes and then the lower ones,
  /// `[headDimension / 2 x paddedRowCount]`.
  @inlinable @inline(__always)
  var queryWords: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(turnedQueries).assumingMemoryBound(to: Int32.self)
  }

  /// What a lower byte of a query stands for, a 128th of a higher one, `[headDimension / 16 x paddedRowCount]`.
  @inlinable @inline(__always)
  var queryScales: UnsafeMutablePointer<Float> { turnedQueries + paddedRowCount * paddedDimension / 2 }

  /// The sum of the query's numbers of 14 bits, negated, `[headDimension / 16 x paddedRowCount]`.
  @inlinable @inline(__always)
  var queryCorrections: UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(turnedQueries + paddedRowCount * paddedDimension * 3 / 4)
      .assumingMemoryBound(to: Int32.self)
  }
}

/// One query head of one token on its way through the tiles.
@usableFromInline
struct AttentionRow: BitwiseCopyable {
  /// First position that the row sees.
  @usableFromInline var first: Int
  /// Last position that the row sees: its own.
  @usableFromInline var last: Int
  /// The greatest scaled score so far.
  @usableFromInline var maximum: Float
  /// The sum of weights so far, relative to `maximum`.
  @usableFromInline var sum: Float
  /// What a unit of the tile's weights stands for; of rows over bytes.
  @usableFromInline var weightScale: Float

  /// The row's query.
  @usableFromInline var query: UnsafePointer<Float>

  @inlinable @inline(__always)
  init(first: Int, last: Int, query: UnsafePointer<Float>) {
    self.first = first
    self.last = last
    self.query = query
    maximum = -.infinity
    sum = 0
    weightScale = 0
  }
}

/// Up to sixteen consecutive positions of a block.
@usableFromInline
struct KeyVector: BitwiseCopyable {
  /// Dimension 0 of the first position.
  @usableFromInline var keys: UnsafeRawPointer
  /// The first position's values, asked for while the scores are made.
  @usableFromInline var values: UnsafeRawPointer
  /// The first position's column in the tile.
  @usableFromInline var column: Int

  @inlinable @inline(__always)
  init(keys: UnsafeRawPointer, values: UnsafeRawPointer, column: Int) {
    self.keys = keys
    self.values = values
    self.column = column
  }
}

/// Consecutive positions of a block.
@usableFromInline
struct ValueRun: BitwiseCopyable {
  /// The first position's values.
  @usableFromInline var values: UnsafeRawPointer
  /// The first position's column in the tile.
  @usableFromInline var column: Int
  /// Number of positions.
  @usableFromInline var count: Int

  @inlinable @inline(__always)
  init(values: UnsafeRawPointer, column: Int, count: Int) {
    self.values = values
    self.column = column
    self.count = count
  }
}
