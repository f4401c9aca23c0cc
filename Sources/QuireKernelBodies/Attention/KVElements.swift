/// The number format of keys and values in the cache.
public protocol KVElements {
  /// Bytes of a number.
  static var byteCount: Int { get }
  /// Sixteen numbers from any address.
  static func load<I: VectorISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats
  /// Writes sixteen numbers in a row.
  static func store<I: VectorISA>(_ isa: I.Type, _ values: I.Floats, _ pointer: UnsafeMutableRawPointer)
}

/// Half precision. Numbers beyond its range become the greatest one, so that nothing finite turns infinite.
public enum HalfElements: KVElements {
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
public enum SingleElements: KVElements {
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
