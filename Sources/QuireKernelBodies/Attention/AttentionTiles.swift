/// How the rows of attention are taken in register tiles: a choice for each number of registers. It is a type, so that
/// a module compiles the shapes of its own choice only.
///
/// A score is one sum over the head's dimensions in ascending order, and a sum of values takes positions in ascending
/// order, whatever the shape.
public protocol AttentionTiles {
  /// Writes the scores (before scaling) of all rows. Up to 15 columns past a block's last are written too: the next
  /// block's come after.
  static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, keyCount: Int)
  /// Adds the tile's values, weighted by its scores, to the sums of all rows, in ascending position; asks for the keys of
  /// `next` meanwhile.
  static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, runCount: Int, next: KeyRun)
}

/// For some twenty vectors in registers.
public enum TilesInManyRegisters: AttentionTiles {
  /// Writes the scores of all rows.
  @inlinable @inline(__always)
  public static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, keyCount: Int
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 5 {
        I.score(work, elements, Tile<8, 2>.self, Registers<16>.self, row: row, keyCount: keyCount)
        row += 8
      } else if left > 3 {
        I.score(work, elements, Tile<4, 2>.self, Registers<8>.self, row: row, keyCount: keyCount)
        row += 4
      } else if left == 3 {
        I.score(work, elements, Tile<3, 2>.self, Registers<6>.self, row: row, keyCount: keyCount)
        row += 3
      } else if left == 2 {
        I.score(work, elements, Tile<2, 4>.self, Registers<8>.self, row: row, keyCount: keyCount)
        row += 2
      } else {
        I.score(work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 1
      }
    }
  }

  /// Adds the values to the sums of all rows.
  @inlinable @inline(__always)
  public static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, runCount: Int, next: KeyRun
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 5 {
        I.accumulate(
          work, elements, Tile<8, 2>.self, Registers<16>.self, row: row, runCount: runCount, next: next)
        row += 8
      } else if left > 3 {
        I.accumulate(
          work, elements, Tile<4, 4>.self, Registers<16>.self, row: row, runCount: runCount, next: next)
        row += 4
      } else if left == 3 {
        I.accumulate(
          work, elements, Tile<3, 4>.self, Registers<12>.self, row: row, runCount: runCount, next: next)
        row += 3
      } else if left == 2 {
        I.accumulate(
          work, elements, Tile<2, 4>.self, Registers<8>.self, row: row, runCount: runCount, next: next)
        row += 2
      } else {
        I.accumulate(
          work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 1
      }
    }
  }
}

/// For some six vectors in registers.
public enum TilesInFewRegisters: AttentionTiles {
  /// Writes the scores of all rows.
  @inlinable @inline(__always)
  public static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, keyCount: Int
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 3 {
        I.score(work, elements, Tile<4, 1>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 4
      } else if left == 3 {
        I.score(work, elements, Tile<3, 1>.self, Registers<3>.self, row: row, keyCount: keyCount)
        row += 3
      } else if left == 2 {
        I.score(work, elements, Tile<2, 2>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 2
      } else {
        I.score(work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 1
      }
    }
  }

  /// Adds the values to the sums of all rows.
  @inlinable @inline(__always)
  public static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, runCount: Int, next: KeyRun
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 3 {
        I.accumulate(
          work, elements, Tile<4, 1>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 4
      } else if left == 3 {
        I.accumulate(
          work, elements, Tile<3, 2>.self, Registers<6>.self, row: row, runCount: runCount, next: next)
        row += 3
      } else if left == 2 {
        I.accumulate(
          work, elements, Tile<2, 2>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 2
      } else {
        I.accumulate(
          work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 1
      }
    }
  }
}

/// For any number of registers: two shapes only, that build fast.
public enum PortableTiles: AttentionTiles {
  /// Writes the scores of all rows.
  @inlinable @inline(__always)
  public static func score<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, keyCount: Int
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 3 {
        I.score(work, elements, Tile<4, 1>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 4
      } else {
        I.score(work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, keyCount: keyCount)
        row += 1
      }
    }
  }

  /// Adds the values to the sums of all rows.
  @inlinable @inline(__always)
  public static func accumulate<I: AttentionISA, E: KVElements>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ elements: E.Type, runCount: Int, next: KeyRun
  ) {
    var row = 0
    while row < work.rowCount {
      let left = work.rowCount - row
      if left > 3 {
        I.accumulate(
          work, elements, Tile<4, 1>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 4
      } else {
        I.accumulate(
          work, elements, Tile<1, 4>.self, Registers<4>.self, row: row, runCount: runCount, next: next)
        row += 1
      }
    }
  }
}
