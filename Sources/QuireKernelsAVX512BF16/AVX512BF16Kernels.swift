import CIntrinsics
public import QuireKernelBodies
import _Builtin_intrinsics.intel

/// The products of pairs of bfloat16 numbers for AVX-512 with AVX512_BF16. Call them only where the processor and the
/// operating system have both.
public enum AVX512BF16Kernels {
  /// All of them.
  public static let table = BFloatTable(
    multiply: { multiplyPairs($0) }, round: { round($0) }, chains: { bfloatChains($0, repetitions: $1) })

  private static func multiplyPairs(_ work: UnsafePointer<PanelWork>) {
    switch work.pointee.tileTokenCount {
    case 1: multiplyPairs(work, TokenTile<1>.self)
    case 2: multiplyPairs(work, TokenTile<2>.self)
    case 3: multiplyPairs(work, TokenTile<3>.self)
    case 4: multiplyPairs(work, TokenTile<4>.self)
    case 5: multiplyPairs(work, TokenTile<5>.self)
    case 6: multiplyPairs(work, TokenTile<6>.self)
    case 7: multiplyPairs(work, TokenTile<7>.self)
    default: multiplyPairs(work, TokenTile<8>.self)
    }
  }

  @inline(never)
  private static func round(_ work: UnsafePointer<QuantizeWork>) {
    work.pointee.roundToBFloats(AVX512BF16.self)
  }

  @inline(never)
  private static func bfloatChains(_ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
    QuireKernelBodies.bfloatChains(AVX512BF16.self, numbers, repetitions: repetitions)
  }

  @inline(never)
  private static func multiplyPairs<let T: Int>(
    _ work: UnsafePointer<PanelWork>, _ tile: TokenTile<T>.Type
  ) {
    work.pointee.forEachBFloatTile(AVX512BF16.self, tile) { multiplyPairs($0, tile) }
  }

  @inline(never)
  private static func multiplyPairs<let T: Int>(_ work: TileWork, _ tile: TokenTile<T>.Type) {
    work.multiplyBFloatPairs(AVX512BF16.self, tile)
  }
}

/// Two vectors: the halves of a panel's rows.
private struct Halves<Vector: BitwiseCopyable>: BitwiseCopyable {
  var first: Vector
  var second: Vector
}

/// Halves of 512-bit vectors: they are a whole panel's rows, and what is broadcast serves both.
private enum AVX512BF16: BFloatISA {
  typealias Floats = Halves<__m512>
  typealias Pairs = Halves<__m512i>

  @inline(__always) static var laneCount: Int { 32 }

  @inline(__always)
  static func splat(_ value: Float) -> Floats {
    let vector = _mm512_set1_ps(value)
    return Halves(first: vector, second: vector)
  }

  @inline(__always)
  static func store(_ values: Floats, to pointer: UnsafeMutablePointer<Float>) {
    let raw = UnsafeMutableRawPointer(pointer)
    raw.storeBytes(of: values.first, as: __m512.self)
    raw.storeBytes(of: values.second, toByteOffset: 64, as: __m512.self)
  }

  @inline(__always)
  static func prefetch(_ pointer: UnsafeRawPointer) { quire_prefetch(pointer) }

  @inline(__always)
  static func prefetchFar(_ pointer: UnsafeRawPointer) { quire_prefetch_second_level(pointer) }

  @inline(__always)
  static func pairs(at pointer: UnsafeRawPointer) -> Pairs {
    Halves(
      first: pointer.loadUnaligned(as: __m512i.self),
      second: pointer.loadUnaligned(fromByteOffset: 64, as: __m512i.self))
  }

  @inline(__always)
  static func addProducts(_ sums: Floats, _ weights: Pairs, _ activations: Int32) -> Floats {
    let vector = _mm512_set1_epi32(activations)
    return Halves(
      first: quire_add_bfloat_products(sums.first, weights.first, vector),
      second: quire_add_bfloat_products(sums.second, weights.second, vector))
  }

  @inline(__always)
  static func round(_ values: UnsafePointer<Float>, to target: UnsafeMutableRawPointer) {
    let values = UnsafeRawPointer(values)
    let low = values.loadUnaligned(as: __m512.self)
    let high = values.loadUnaligned(fromByteOffset: 64, as: __m512.self)
    target.storeBytes(of: quire_round_to_bfloats(low, high), as: __m512i.self)
  }
}
