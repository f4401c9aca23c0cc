/// How keys and values stand in the cache, and what the steps of attention do with them. Each step is a method of
/// `AttentionWork`.
public protocol KVElements {
  /// Whether what a row reads of a tile has to lie in one piece: its sums of values have other bits in several.
  static var takesWholeTiles: Bool { get }
  /// Arranges the queries of all rows; those of padding rows below `computed` become zeros.
  static func takeQueries<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, computed: Int)
  /// Finds where the keys and values of `positions` lie, in ascending position.
  static func findPositions<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ blockTable: UnsafePointer<Int32>,
    _ positions: Range<Int>,
    tileStart: Int
  ) -> (keyCount: Int, runCount: Int)
  /// Scores of some rows times all positions, before the factor that a row's scores share.
  static func scoreTile<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, keyCount: Int, isFetching: Bool
  )
  /// Turns a row's scores into weights relative to its new maximum, and rescales what was summed before. Weights of
  /// positions that the row does not see become exactly 0.
  static func weighRow<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, row: Int, tileStart: Int, start: Int, end: Int)
  /// Adds values times the weights of some rows to their sums.
  static func valueTiles<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, next: KeyRun)
  /// Makes a row's sums those of the values as they were before they were stored.
  static func restoreSums<I: AttentionISA>(_ work: borrowing AttentionWork, _ isa: I.Type, row: Int)
}

/// Keys and values as floating-point numbers, which are computed with in single precision.
public protocol KVNumbers: KVElements {
  /// Bytes of a number.
  static var byteCount: Int { get }
  /// Sixteen numbers from any address.
  static func load<I: VectorISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats
  /// Writes sixteen numbers in a row.
  static func store<I: VectorISA>(_ isa: I.Type, _ values: I.Floats, _ pointer: UnsafeMutableRawPointer)
}

extension KVNumbers {
  /// Values are added position by position.
  @inlinable @inline(__always)
  public static var takesWholeTiles: Bool { false }

  /// Queries, a dimension after the other.
  @inlinable @inline(__always)
  public static func takeQueries<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, computed: Int
  ) {
    work.turnQueries(computed: computed)
  }

  /// Vectors of keys, and runs of values.
  @inlinable @inline(__always)
  public static func findPositions<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ blockTable: UnsafePointer<Int32>,
    _ positions: Range<Int>,
    tileStart: Int
  ) -> (keyCount: Int, runCount: Int) {
    work.findPositions(Self.self, blockTable, positions, tileStart: tileStart)
  }

  /// Products with keys.
  @inlinable @inline(__always)
  public static func scoreTile<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, keyCount: Int, isFetching: Bool
  ) {
    work.scoreTile(isa, Self.self, shape, row: row, keyCount: keyCount, isFetching: isFetching)
  }

  /// Weights in single precision.
  @inlinable @inline(__always)
  public static func weighRow<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, row: Int, tileStart: Int, start: Int, end: Int
  ) {
    work.weighRow(isa, row: row, tileStart: tileStart, start: start, end: end)
  }

  /// Products with values.
  @inlinable @inline(__always)
  public static func valueTiles<I: AttentionISA, S: TileShape>(
    _ work: borrowing AttentionWork, _ isa: I.Type, _ shape: S.Type, row: Int, runCount: Int, next: KeyRun
  ) {
    work.valueTiles(isa, Self.self, shape, row: row, runCount: runCount, next: next)
  }

  /// Values are stored as they are.
  @inlinable @inline(__always)
  public static func restoreSums<I: AttentionISA>(
    _ work: borrowing AttentionWork, _ isa: I.Type, row: Int
  ) {}
}

/// Half precision. Numbers beyond its range become the greatest one, so that nothing finite turns infinite.
public enum HalfElements: KVNumbers {
  /// Bytes of a number.
  @inlinable @inline(__always)
  public static var byteCount: Int { 2 }

  /// Sixteen numbers from any address.
  @inlinable @inline(__always)
  public static func load<I: VectorISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats {
    I.loadHalves(pointer.assumingMemoryBound(to: UInt16.self))
  }

  /// Writes sixteen numbers in a row.
  @inlinable @inline(__always)
  public static func store<I: VectorISA>(
    _ isa: I.Type, _ values: I.Floats, _ pointer: UnsafeMutableRawPointer
  ) {
    let inRange = I.min(I.splat(65504), I.max(I.splat(-65504), values))
    I.storeHalves(inRange, pointer.assumingMemoryBound(to: UInt16.self))
  }
}

/// Keys and values stored in single precision.
public enum SingleElements: KVNumbers {
  /// Bytes of a number.
  @inlinable @inline(__always)
  public static var byteCount: Int { 4 }

  /// Sixteen numbers from any address.
  @inlinable @inline(__always)
  public static func load<I: VectorISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats {
    I.load(pointer.assumingMemoryBound(to: Float.self))
  }

  /// Writes sixteen numbers in a row.
  @inlinable @inline(__always)
  public static func store<I: VectorISA>(
    _ isa: I.Type, _ values: I.Floats, _ pointer: UnsafeMutableRawPointer
  ) {
    I.store(values, pointer.assumingMemoryBound(to: Float.self))
  }
}
