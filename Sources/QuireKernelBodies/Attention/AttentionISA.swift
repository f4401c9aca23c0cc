/// The parts of attention that an instruction set's module compiles as functions of their own: each small to the
/// optimiser, and with a symbol that no other module shares. They call the function of `KVElements` that is named.
public protocol AttentionISA: ByteVectorISA {
  /// The shapes of tiles that fit its registers.
  associatedtype Tiles: AttentionTiles
  /// `KVElements.scoreTile`.
  static func score<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, keyCount: Int,
    isFetching: Bool)
  /// `KVElements.valueTiles`.
  static func accumulate<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, runCount: Int,
    next: KeyRun)
  /// `KVElements.weighRow`.
  static func weigh<E: KVElements>(
    _ work: borrowing AttentionWork, _ elements: E.Type, row: Int, tileStart: Int, start: Int, end: Int)
}

/// The shape of a register tile: at most 16 sums.
public protocol TileShape {
  /// As many rows of one vector.
  associatedtype Single: TileShape
  /// Rows of queries.
  static var height: Int { get }
  /// Vectors of positions or dimensions, 1...4.
  static var width: Int { get }
}

/// `rowCount` rows, `vectorCount` vectors.
public enum Tile<let rowCount: Int, let vectorCount: Int>: TileShape {
  /// As many rows of one vector.
  public typealias Single = Tile<rowCount, 1>
  /// Rows of queries.
  @inlinable @inline(__always)
  public static var height: Int { rowCount }
  /// Vectors of positions or dimensions.
  @inlinable @inline(__always)
  public static var width: Int { vectorCount }
}
