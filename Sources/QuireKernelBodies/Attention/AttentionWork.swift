/// The arguments of an attention kernel: some consecutive tokens of one sequence and the query heads of one
/// key/value head.
public struct AttentionWork: BitwiseCopyable {
  /// The first token's first query head of the group, `[groupSize x headDimension]`.
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
  /// The sequence's blocks in ascending position.
  public var blockTable: UnsafePointer<Int32>
  /// Positions of a block.
  public var blockSize: Int
  /// Elements of a head.
  public var headDimension: Int
  /// Query heads of the key/value head.
  public var groupSize: Int
  /// Tokens to compute.
  public var tokenCount: Int
  /// Absolute position of the first of them.
  public var firstPosition: Int
  /// Positions that a token sees, itself included.
  public var window: Int
  /// Factor on each score.
  public var scale: Float
  /// What no scaled score exceeds in magnitude: they become `softCap * tanh(score / softCap)`; 0 for no cap.
  public var softCap: Float
  /// Where the first token's first head goes; as `queries`.
  public var output: UnsafeMutablePointer<Float>
  /// Floats from one token's outputs to the next one's.
  public var outputStride: Int
  /// `scratchByteCount` bytes on a cache line.
  public var scratch: UnsafeMutableRawPointer
  /// Keys that the same thread wants when these tokens are done.
  public var following: KeyRun

  /// Collects the arguments.
  @inlinable
  public init(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafeRawPointer, blockStride: Int,
    keyByteOffset: Int, valueByteOffset: Int, blockTable: UnsafePointer<Int32>, blockSize: Int,
    headDimension: Int, groupSize: Int, tokenCount: Int, firstPosition: Int, window: Int, scale: Float,
    softCap: Float, output: UnsafeMutablePointer<Float>, outputStride: Int, scratch: UnsafeMutableRawPointer,
    following: KeyRun
  ) {
    self.queries = queries
    self.queryStride = queryStride
    self.blocks = blocks
    self.blockStride = blockStride
    self.keyByteOffset = keyByteOffset
    self.valueByteOffset = valueByteOffset
    self.blockTable = blockTable
    self.blockSize = blockSize
    self.headDimension = headDimension
    self.groupSize = groupSize
    self.tokenCount = tokenCount
    self.firstPosition = firstPosition
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

  /// Rows: tokens times query heads, tokens outermost.
  @inlinable @inline(__always)
  var rowCount: Int { tokenCount * groupSize }

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
      + tilePositionCount * (MemoryLayout<KeyVector>.stride + MemoryLayout<ValueRun>.stride)
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
}

/// Keys of one head in consecutive blocks of a sequence, to be asked for before they are needed.
public struct KeyRun: BitwiseCopyable {
  /// The first of the blocks.
  public var blockTable: UnsafePointer<Int32>
  /// Blocks; 0 for none.
  public var blockCount: Int
  /// Where in a block the head's keys start.
  public var keyByteOffset: Int

  /// Names the keys of `blockCount` blocks.
  @inlinable @inline(__always)
  public init(blockTable: UnsafePointer<Int32>, blockCount: Int, keyByteOffset: Int) {
    self.blockTable = blockTable
    self.blockCount = blockCount
    self.keyByteOffset = keyByteOffset
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

  @inlinable @inline(__always)
  init(first: Int, last: Int) {
    self.first = first
    self.last = last
    maximum = -.infinity
    sum = 0
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
