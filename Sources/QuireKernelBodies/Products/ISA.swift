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
  /// Asks for it in the second-level cache.
  static func prefetchFar(_ pointer: UnsafeRawPointer)
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
  /// Of each byte, which is below 16, the one of the sixteen `values` that it counts.
  static func lookUp(_ codes: Bytes, _ values: SIMD16<UInt8>) -> Bytes
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
  /// Sums to start from for the first and for the second half of 32 columns.
  ///
  /// - Parameters:
  ///   - activations: the 16 bytes of the first half.
  ///   - correction: -128 times the sum of all 32.
  static func startSignedHalves(
    _ activations: UnsafeRawPointer, _ correction: Int32
  ) -> (first: Integers, second: Integers)
  /// Adds to each lane the products of its four signed weights with the four signed bytes of `activations`, each
  /// in -127...127.
  static func dotSigned(_ sums: Integers, _ weights: SignedBytes, _ activations: Int32) -> Integers

  /// The sum of sixteen signed bytes at any address.
  static func sumOfSixteen(_ activations: UnsafeRawPointer) -> Int32

  /// The nearest single-precision numbers.
  static func floats(_ integers: Integers) -> Floats
  /// Loads `laneCount` unsigned bytes from any address, as numbers.
  static func unsignedBytes(at pointer: UnsafeRawPointer) -> Floats
  /// Loads `laneCount` signed bytes from any address, as numbers.
  static func signedBytes(at pointer: UnsafeRawPointer) -> Floats
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

  /// Writes the scales of four blocks of 32 numbers to their record, and what `quantize` wants to find there.
  static func findScales(_ blocks: Four<UnsafePointer<Float>>, record: UnsafeMutableRawPointer)
  /// Quantises four blocks after `findScales`, as `QuantizeWork.quantize` says, and completes their record, see
  /// `ActivationLayout`.
  static func quantize(
    _ blocks: Four<UnsafePointer<Float>>, to targets: Four<UnsafeMutableRawPointer>,
    record: UnsafeMutableRawPointer)
}
