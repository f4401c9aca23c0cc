/// Vectors of sums, a row in each lane: what every tile needs.
public protocol SumVectors {
  /// `laneCount` single-precision numbers.
  associatedtype Floats: BitwiseCopyable

  /// Rows of a vector; divides `PanelLayout.rowCount`.
  static var laneCount: Int { get }
  /// `value` in each lane.
  static func splat(_ value: Float) -> Floats
  /// Writes `laneCount` numbers to any address.
  static func store(_ values: Floats, to pointer: UnsafeMutablePointer<Float>)
  /// Asks for the cache line at `pointer`, which need not be readable.
  static func prefetch(_ pointer: UnsafeRawPointer)
}

/// What the kernel bodies want of an instruction set: vectors of `laneCount` rows and the operations on them.
///
/// Every floating-point operation here is one correctly rounded IEEE operation, and every integer one is exact,
/// so that a body gives the same bits on all instruction sets.
public protocol ISA: SumVectors {
  /// `laneCount` times four bytes: of each row the weights of four consecutive columns.
  associatedtype Bytes: BitwiseCopyable
  /// `Bytes` of signed weights, made ready for `dotSigned`.
  associatedtype SignedBytes: BitwiseCopyable
  /// Unfinished sums of products with nibbles.
  associatedtype NibbleSums: BitwiseCopyable
  /// `laneCount` 32-bit integers.
  associatedtype Integers: BitwiseCopyable

  /// Loads `4 * laneCount` bytes from any address.
  static func bytes(at pointer: UnsafeRawPointer) -> Bytes
  /// The low nibble of each byte.
  static func lowNibbles(_ bytes: Bytes) -> Bytes
  /// The high nibble of each byte.
  static func highNibbles(_ bytes: Bytes) -> Bytes
  /// Sums to start from, so that `finish` gives the products' sums plus `correction` in each lane.
  static func startNibbles(_ correction: Int32) -> NibbleSums
  /// Adds to each lane the products of its four nibbles with the four signed bytes of `activations`. At most eight
  /// additions to one `NibbleSums`, and activations of at most 127: sums stay below 2^15.
  static func dotNibbles(_ sums: NibbleSums, _ weights: Bytes, _ activations: Int32) -> NibbleSums
  /// The sums of `dotNibbles`, with the same correction as at their start.
  static func finish(_ sums: NibbleSums, _ correction: Int32) -> Integers

  /// Makes signed weights, stored with 128 added, ready for products.
  static func signed(_ bytes: Bytes) -> SignedBytes
  /// Sums to start from; `correction` is -128 times the sum of the activations that will be multiplied.
  static func startSigned(_ correction: Int32) -> Integers
  /// Adds to each lane the products of its four signed weights with the four signed bytes of `activations`, each
  /// in -127...127.
  static func dotSigned(_ sums: Integers, _ weights: SignedBytes, _ activations: Int32) -> Integers

  /// The nearest single-precision numbers.
  static func floats(_ integers: Integers) -> Floats
  /// Loads `laneCount` half-precision numbers from any address.
  static func halves(at pointer: UnsafeRawPointer) -> Floats
  /// Loads `laneCount` bfloat16 numbers from any address.
  static func bfloats(at pointer: UnsafeRawPointer) -> Floats
  /// Loads `laneCount` single-precision numbers from any address.
  static func floats(at pointer: UnsafeRawPointer) -> Floats
  /// `a * b`, rounded.
  static func multiply(_ a: Floats, _ b: Floats) -> Floats
  /// `a * b + c`, rounded once.
  static func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats

  /// Quantises a block of 32 numbers to bytes; see `QuantizeWork.quantize`.
  ///
  /// - Returns: the scale, and the sum of the bytes.
  static func quantize(
    _ values: UnsafePointer<Float>, to bytes: UnsafeMutableRawPointer
  ) -> (scale: Float, sum: Int32)
  /// Writes the scales of four blocks to their record, and what `quantize(_:to:record:)` wants to find there.
  static func findScales(_ blocks: FourBlocks, record: UnsafeMutableRawPointer)
  /// Quantises four blocks after `findScales`, each as `quantize(_:to:)` does, and completes their record, see
  /// `ActivationLayout`.
  static func quantize(_ blocks: FourBlocks, to targets: FourTargets, record: UnsafeMutableRawPointer)
}

extension ISA {
  /// Nothing: the scales are found with the bytes.
  @inlinable @inline(__always)
  public static func findScales(_ blocks: FourBlocks, record: UnsafeMutableRawPointer) {}

  /// One block after the other.
  @inlinable @inline(__always)
  public static func quantize(
    _ blocks: FourBlocks, to targets: FourTargets, record: UnsafeMutableRawPointer
  ) {
    quantize(blocks.a, to: targets.a, numbers: record)
    quantize(blocks.b, to: targets.b, numbers: record + 4)
    quantize(blocks.c, to: targets.c, numbers: record + 8)
    quantize(blocks.d, to: targets.d, numbers: record + 12)
  }

  /// One block; `numbers` is the place of its scale.
  @inlinable @inline(__always)
  static func quantize(
    _ values: UnsafePointer<Float>, to bytes: UnsafeMutableRawPointer, numbers: UnsafeMutableRawPointer
  ) {
    let (scale, sum) = quantize(values, to: bytes)
    numbers.storeBytes(of: scale, as: Float.self)
    numbers.storeBytes(of: scale * Float(sum), toByteOffset: ActivationLayout.productOffset, as: Float.self)
    numbers.storeBytes(
      of: -8 &* sum, toByteOffset: ActivationLayout.nibbleCorrectionOffset, as: Int32.self)
    numbers.storeBytes(
      of: -128 &* sum, toByteOffset: ActivationLayout.byteCorrectionOffset, as: Int32.self)
  }
}
