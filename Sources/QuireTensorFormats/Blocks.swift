/// The elements of one block of every quantised format here: ggml's `QK8_0`, `QK4_0`, … are all 32.
public let quantizedBlockElementCount = 32

/// 32 elements `x[i] = d * qs[i]`.
///
/// Bytes: `d` half precision (2), `qs` 32 signed bytes. 34 bytes.
public enum BlockQ8_0 {
  /// The bytes of one block.
  public static let byteCount = 34
  /// The offset of the 32 signed bytes.
  public static let quantsOffset = 2
}

/// 32 elements `x[i] = d * (q[i] - 8)`.
///
/// Bytes: `d` half precision (2), `qs` 16 bytes; the low nibble of byte `i` is element `i`, the high one element `i + 16`. 18 bytes.
public enum BlockQ4_0 {
  /// The bytes of one block.
  public static let byteCount = 18
  /// The offset of the 16 bytes of nibbles.
  public static let quantsOffset = 2
  /// What is taken from each nibble.
  public static let zeroPoint: Int32 = 8
}

/// 32 elements `x[i] = d * q[i] + m`.
///
/// Bytes: `d` half precision (2), `m` half precision (2), `qs` 16 bytes with nibbles as in ``BlockQ4_0``. 20 bytes.
public enum BlockQ4_1 {
  /// The bytes of one block.
  public static let byteCount = 20
  /// The offset of the half-precision minimum `m`.
  public static let minimumOffset = 2
  /// The offset of the 16 bytes of nibbles.
  public static let quantsOffset = 4
}

/// 32 elements `x[i] = d * (q[i] - 16)`.
///
/// Bytes: `d` half precision (2), `qh` 32 bits (4, little endian; bit `i` is the fifth bit of element `i`),
/// `qs` 16 bytes with nibbles as in ``BlockQ4_0``. 22 bytes.
public enum BlockQ5_0 {
  /// The bytes of one block.
  public static let byteCount = 22
  /// The offset of the 32 fifth bits.
  public static let highBitsOffset = 2
  /// The offset of the 16 bytes of nibbles.
  public static let quantsOffset = 6
  /// What is taken from each five-bit number.
  public static let zeroPoint: Int32 = 16
}

/// 32 elements `x[i] = d * q[i] + m`.
///
/// Bytes: `d` half precision (2), `m` half precision (2), `qh` 32 bits as in ``BlockQ5_0`` (4), `qs` 16 bytes of nibbles. 24 bytes.
public enum BlockQ5_1 {
  /// The bytes of one block.
  public static let byteCount = 24
  /// The offset of the half-precision minimum `m`.
  public static let minimumOffset = 2
  /// The offset of the 32 fifth bits.
  public static let highBitsOffset = 4
  /// The offset of the 16 bytes of nibbles.
  public static let quantsOffset = 8
}
