/// How the rows of attention are taken in register tiles: a choice for each number of registers. It is a type, so that
/// a module compiles the shapes of its own choice only.
///
/// A score is one sum over the head's dimensions in ascending order, and a sum of values takes positions in ascending
/// order, whatever the shape.
public protocol AttentionTiles {
  /// The shapes of products with keys.
  associatedtype Scores: TileShapes
  /// The shapes of products with values.
  associatedtype Sums: TileShapes
}

/// For some twenty vectors in registers.
public enum TilesInManyRegisters: AttentionTiles {
  /// The shapes of products with keys.
  public typealias Scores = TilesByHeight<Tile<8, 2>, Tile<4, 2>, Tile<3, 2>, Tile<2, 4>>
  /// The shapes of products with values.
  public typealias Sums = TilesByHeight<Tile<8, 2>, Tile<4, 4>, Tile<3, 4>, Tile<2, 4>>
}

/// For some six vectors in registers.
public enum TilesInFewRegisters: AttentionTiles {
  /// The shapes of products with keys.
  public typealias Scores = TilesByHeight<NoTile, Tile<4, 1>, Tile<3, 1>, Tile<2, 2>>
  /// The shapes of products with values.
  public typealias Sums = TilesByHeight<NoTile, Tile<4, 1>, Tile<3, 2>, Tile<2, 2>>
}

/// For any number of registers: two shapes only, that build fast.
public enum PortableTiles: AttentionTiles {
  /// The shapes of products with keys.
  public typealias Scores = TilesByHeight<NoTile, Tile<4, 1>, NoTile, NoTile>
  /// The shapes of products with values.
  public typealias Sums = Scores
}

/// Which shape the next rows are taken in.
public protocol TileShapes {
  /// Writes the scores (before scaling) of a piece's rows. Up to 15 columns past a block's last are written too: the next
  /// block's come after.
  static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, _ piece: AttentionPiece, keyCount: Int
  )
  /// Adds the piece's values, weighted by their scores, to the sums of its rows, in ascending position; asks for the keys
  /// of `next` meanwhile, once.
  static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, _ piece: AttentionPiece,
    runCount: Int, next: KeyRun)
}

/// Stands where there is no tile of a height.
public typealias NoTile = Tile<0, 0>

/// A shape for each height from eight rows down to two, `NoTile` where there is none; single rows take four vectors.
public enum TilesByHeight<Eight: TileShape, Four: TileShape, Three: TileShape, Two: TileShape>: TileShapes {
  /// Writes the scores of the piece's rows.
  @inlinable @inline(__always)
  public static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, _ piece: AttentionPiece, keyCount: Int
  ) {
    let paddedEnd = work.paddedEnd(of: piece)
    var row = piece.firstRow
    while row < piece.endRow {
      let left = piece.endRow - row
      let isFetching = piece.isReadOnce && row == piece.firstRow
      if Eight.height > 0 && left > 5 && row + 8 <= paddedEnd {
        I.score(work, elements, Eight.self, row: row, keyCount: keyCount, isFetching: isFetching)
        row += 8
      } else if left > 3 {
        I.score(work, elements, Four.self, row: row, keyCount: keyCount, isFetching: isFetching)
        row += 4
      } else if Three.height > 0 && left == 3 {
        I.score(work, elements, Three.self, row: row, keyCount: keyCount, isFetching: isFetching)
        row += 3
      } else if Two.height > 0 && left == 2 {
        I.score(work, elements, Two.self, row: row, keyCount: keyCount, isFetching: isFetching)
        row += 2
      } else {
        I.score(work, elements, Tile<1, 4>.self, row: row, keyCount: keyCount, isFetching: isFetching)
        row += 1
      }
    }
  }

  /// Adds the values to the sums of the piece's rows.
  @inlinable @inline(__always)
  public static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, _ piece: AttentionPiece,
    runCount: Int, next: KeyRun
  ) {
    let paddedEnd = work.paddedEnd(of: piece)
    var row = piece.firstRow
    var next = next
    while row < piece.endRow {
      let left = piece.endRow - row
      if Eight.height > 0 && left > 5 && row + 8 <= paddedEnd {
        I.accumulate(work, elements, Eight.self, row: row, runCount: runCount, next: next)
        row += 8
      } else if left > 3 {
        I.accumulate(work, elements, Four.self, row: row, runCount: runCount, next: next)
        row += 4
      } else if Three.height > 0 && left == 3 {
        I.accumulate(work, elements, Three.self, row: row, runCount: runCount, next: next)
        row += 3
      } else if Two.height > 0 && left == 2 {
        I.accumulate(work, elements, Two.self, row: row, runCount: runCount, next: next)
        row += 2
      } else {
        I.accumulate(work, elements, Tile<1, 4>.self, row: row, runCount: runCount, next: next)
        row += 1
      }
      next.blockCount = 0
    }
  }
}
