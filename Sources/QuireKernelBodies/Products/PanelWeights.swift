/// What the 4-bit codes of a panel stand for, where they are no integers in order from 0 on, or around 8.
public enum WeightCodes: Sendable, Hashable, CaseIterable, BitwiseCopyable {
  /// -8...7, in order.
  case signed
  /// The values of IQ4_NL and IQ4_XS.
  case iq4
  /// Twice the values of E2M1.
  case doubledE2M1

  /// The sixteen values.
  @inlinable @inline(__always)
  public var values: SIMD16<Int8> {
    switch self {
    case .signed: SIMD16(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7)
    case .iq4: SIMD16(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113)
    case .doubledE2M1: SIMD16(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12)
    }
  }

  /// The sixteen values with 128 added, as bytes of a panel have them.
  @inlinable @inline(__always)
  var bytes: SIMD16<UInt8> { SIMD16(truncatingIfNeeded: values) &+ SIMD16(repeating: 128) }
}

/// Signed weights of a panel, however they are stored.
public protocol PanelWeights: Sendable {
  /// Bits of a weight.
  static var bitCount: Int { get }
  /// What its bits stand for, where that is looked up.
  static var codes: WeightCodes? { get }
  /// The weights of columns 4 `group`..<4 `group` + 4 of the block at `block`, with 128 added.
  static func load<I: ISA>(_ isa: I.Type, _ block: UnsafeRawPointer, group: Int) -> I.Bytes
}

extension PanelWeights {
  /// Bytes of a block of a panel.
  @inlinable @inline(__always)
  static var blockByteCount: Int {
    bitCount == 4 ? PanelLayout.nibbleBlockByteCount : PanelLayout.byteBlockByteCount
  }
}

/// Weights stored as bytes.
public enum ByteWeights: PanelWeights {
  /// Bits of a byte.
  @inlinable @inline(__always)
  public static var bitCount: Int { 8 }
  /// Nothing is looked up.
  @inlinable @inline(__always)
  public static var codes: WeightCodes? { nil }
  /// The bytes as they are.
  @inlinable @inline(__always)
  public static func load<I: ISA>(_ isa: I.Type, _ block: UnsafeRawPointer, group: Int) -> I.Bytes {
    I.bytes(at: block + group * PanelLayout.groupByteCount)
  }
}

/// What a kind of codes stands for, as a type.
public protocol CodeTable: Sendable {
  /// Which values they stand for.
  static var codes: WeightCodes { get }
}

/// Codes that stand for -8...7.
public enum SignedCodes: CodeTable {
  /// Which values they stand for.
  @inlinable @inline(__always)
  public static var codes: WeightCodes { .signed }
}

/// Codes that stand for the values of IQ4_NL and IQ4_XS.
public enum IQ4Codes: CodeTable {
  /// Which values they stand for.
  @inlinable @inline(__always)
  public static var codes: WeightCodes { .iq4 }
}

/// Codes that stand for twice the values of E2M1.
public enum DoubledE2M1Codes: CodeTable {
  /// Which values they stand for.
  @inlinable @inline(__always)
  public static var codes: WeightCodes { .doubledE2M1 }
}

/// Weights stored as codes of 4 bits; the byte of columns 0..<16 of a block holds the code of column + 16 in its high nibble.
public enum CodedWeights<C: CodeTable>: PanelWeights {
  /// Bits of a code.
  @inlinable @inline(__always)
  public static var bitCount: Int { 4 }
  /// The table's kind.
  @inlinable @inline(__always)
  public static var codes: WeightCodes? { C.codes }
  /// The values of the codes.
  @inlinable @inline(__always)
  public static func load<I: ISA>(_ isa: I.Type, _ block: UnsafeRawPointer, group: Int) -> I.Bytes {
    let bytes = I.bytes(at: block + (group & 3) * PanelLayout.groupByteCount)
    return I.lookUp(group < 4 ? I.lowNibbles(bytes) : I.highNibbles(bytes), C.codes.bytes)
  }
}
