import CIntrinsics
import QuireKernelBodies
import _Builtin_intrinsics.intel

extension AVX2Kernels {
  /// Attention and the row kernels.
  static let vectors = VectorTable(
    attendHalves: { $0.pointee.attend(AVX2.self, HalfElements.self) },
    attendSingles: { $0.pointee.attend(AVX2.self, SingleElements.self) },
    attendBytes: { $0.pointee.attend(AVX2.self, ByteElements.self) },
    storeHalves: { $0.pointee.store(AVX2.self, HalfElements.self) },
    storeSingles: { _ = $0.pointee.store(AVX2.self, SingleElements.self) },
    storeBytes: { $0.pointee.store(AVX2.self) },
    normalize: { $0.pointee.normalize(AVX2.self) },
    gate: { $0.pointee.gate(AVX2.self) },
    softCap: { $0.pointee.apply(AVX2.self) },
    rotate: { $0.pointee.rotate(AVX2.self) },
    scanLogits: { $0.pointee.scan(AVX2.self) },
    sumLogits: { $0.pointee.sum(AVX2.self) },
    exponentiateLogits: { $0.pointee.exponentiate(AVX2.self) })
}

/// Two 256-bit registers.
private enum AVX2: AttentionISA {
  struct Floats: BitwiseCopyable {
    var low: __m256
    var high: __m256

    @inline(__always)
    init(_ low: __m256, _ high: __m256) {
      self.low = low
      self.high = high
    }
  }

  typealias Tiles = TilesInFewRegisters

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>) -> Floats {
    let bytes = UnsafeRawPointer(pointer)
    return Floats(
      bytes.loadUnaligned(as: __m256.self), bytes.loadUnaligned(fromByteOffset: 32, as: __m256.self))
  }

  @inline(__always)
  static func loadHalves(_ pointer: UnsafePointer<UInt16>) -> Floats {
    let bytes = UnsafeRawPointer(pointer)
    return Floats(
      _mm256_cvtph_ps(bytes.loadUnaligned(as: __m128i.self)),
      _mm256_cvtph_ps(bytes.loadUnaligned(fromByteOffset: 16, as: __m128i.self)))
  }

  @inline(__always)
  static func store(_ values: Floats, _ pointer: UnsafeMutablePointer<Float>) {
    let bytes = UnsafeMutableRawPointer(pointer)
    bytes.storeBytes(of: values.low, as: __m256.self)
    bytes.storeBytes(of: values.high, toByteOffset: 32, as: __m256.self)
  }

  @inline(__always)
  static func storeHalves(_ values: Floats, _ pointer: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: halves(lanes(values)), as: SIMD16<UInt16>.self)
  }

  @inline(__always)
  static func splat(_ value: Float) -> Floats {
    let lanes = _mm256_set1_ps(value)
    return Floats(lanes, lanes)
  }

  @inline(__always)
  static func add(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high))
  }

  @inline(__always)
  static func subtract(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high))
  }

  @inline(__always)
  static func multiply(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high))
  }

  @inline(__always)
  static func divide(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high))
  }

  @inline(__always)
  static func max(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high))
  }

  @inline(__always)
  static func min(_ a: Floats, _ b: Floats) -> Floats {
    Floats(_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high))
  }

  @inline(__always)
  static func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats {
    Floats(_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high))
  }

  @inline(__always)
  static func multiplySubtract(_ a: Floats, _ b: Floats, from c: Floats) -> Floats {
    Floats(_mm256_fnmadd_ps(a.low, b.low, c.low), _mm256_fnmadd_ps(a.high, b.high, c.high))
  }

  @inline(__always)
  static func keep(_ values: Floats, where x: Floats, isAtLeast bound: Floats) -> Floats {
    let zero = _mm256_setzero_ps()
    return Floats(
      zero.replacing(with: values.low, where: x.low .>= bound.low),
      zero.replacing(with: values.high, where: x.high .>= bound.high))
  }

  @inline(__always)
  static func scale(_ x: Floats, byPowersOfTwo n: Floats) -> Floats {
    Floats(scaled(x.low, n.low), scaled(x.high, n.high))
  }

  /// Two steps: the first is exact, so that a subnormal result is rounded once.
  @inline(__always)
  private static func scaled(_ x: __m256, _ n: __m256) -> __m256 {
    let exponent = _mm256_cvtps_epi32(n)
    let first = _mm256_srai_epi32(exponent, 1)
    return _mm256_mul_ps(
      _mm256_mul_ps(x, powerOfTwo(first)), powerOfTwo(_mm256_sub_epi32(exponent, first)))
  }

  @inline(__always)
  private static func powerOfTwo(_ exponent: __m256i) -> __m256 {
    _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23))
  }

  @inline(__always)
  static func greatest(_ values: Floats) -> Float {
    // The second operand stands in for a NaN.
    let least = _mm256_set1_ps(-.infinity)
    let eight = _mm256_max_ps(_mm256_max_ps(values.low, least), _mm256_max_ps(values.high, least))
    let four = _mm_max_ps(eight.lowHalf, eight.highHalf)
    return Swift.max(Swift.max(four.x, four.y), Swift.max(four.z, four.w))
  }

  @inline(__always)
  static func lanes(_ values: Floats) -> SIMD16<Float> {
    SIMD16(lowHalf: values.low, highHalf: values.high)
  }

  @inline(__always)
  static func prefetch(_ pointer: UnsafeRawPointer) { quire_prefetch_second_level(pointer) }

  @inline(never)
  static func score<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, keyCount: Int,
    isFetching: Bool
  ) {
    E.scoreTile(work, AVX2.self, shape, row: row, keyCount: keyCount, isFetching: isFetching)
  }

  @inline(never)
  static func accumulate<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, runCount: Int,
    next: KeyRun
  ) {
    E.valueTiles(work, AVX2.self, shape, row: row, runCount: runCount, next: next)
  }

  @inline(never)
  static func weigh<E: KVElements>(
    _ work: borrowing AttentionWork, _ elements: E.Type, row: Int, tileStart: Int, start: Int, end: Int
  ) {
    E.weighRow(work, AVX2.self, row: row, tileStart: tileStart, start: start, end: end)
  }
}

extension AVX2 {
  /// Eight positions or dimensions each.
  struct Integers: BitwiseCopyable {
    var low: __m256i
    var high: __m256i

    @inline(__always)
    init(_ low: __m256i, _ high: __m256i) {
      self.low = low
      self.high = high
    }

    @inline(__always)
    init(at pointer: UnsafeRawPointer) {
      low = pointer.loadUnaligned(as: __m256i.self)
      high = pointer.loadUnaligned(fromByteOffset: 32, as: __m256i.self)
    }
  }
  typealias ValueBytes = Integers

  /// Signed keys and their magnitudes: the instruction wants one unsigned factor, and saturates at 16 bits, which
  /// magnitudes of at most 128 times 127 do not reach.
  struct KeyBytes: BitwiseCopyable {
    var low: __m256i
    var high: __m256i
    var lowMagnitudes: __m256i
    var highMagnitudes: __m256i
  }

  @inline(__always)
  static func keyBytes(at pointer: UnsafeRawPointer) -> KeyBytes {
    let bytes = Integers(at: pointer)
    let low = _mm256_xor_si256(bytes.low, _mm256_set1_epi8(-128))
    let high = _mm256_xor_si256(bytes.high, _mm256_set1_epi8(-128))
    return KeyBytes(
      low: low, high: high, lowMagnitudes: _mm256_abs_epi8(low), highMagnitudes: _mm256_abs_epi8(high))
  }

  @inline(__always)
  static func valueBytes(at pointer: UnsafeRawPointer) -> Integers { Integers(at: pointer) }

  @inline(__always) static func startKeySums(_ correction: Int32) -> Integers { startValueSums() }

  @inline(__always)
  static func times128(_ integers: Integers) -> Integers {
    Integers(_mm256_slli_epi32(integers.low, 7), _mm256_slli_epi32(integers.high, 7))
  }

  @inline(__always)
  static func addProducts(_ sums: Integers, _ keys: KeyBytes, query: Int32) -> Integers {
    let query = _mm256_set1_epi32(query)
    return Integers(
      addProducts(sums.low, keys.lowMagnitudes, _mm256_sign_epi8(query, keys.low)),
      addProducts(sums.high, keys.highMagnitudes, _mm256_sign_epi8(query, keys.high)))
  }

  @inline(__always)
  static func startValueSums() -> Integers { Integers(_mm256_setzero_si256(), _mm256_setzero_si256()) }

  /// Two products of 127 * 128 at most do not reach the bounds of 16 bits.
  @inline(__always)
  static func addProducts(_ sums: Integers, _ values: Integers, weights: Int32) -> Integers {
    let weights = _mm256_set1_epi32(weights)
    return Integers(
      addProducts(sums.low, weights, values.low), addProducts(sums.high, weights, values.high))
  }

  @inline(__always)
  private static func addProducts(_ sums: __m256i, _ unsigned: __m256i, _ signed: __m256i) -> __m256i {
    _mm256_add_epi32(
      sums, _mm256_madd_epi16(_mm256_maddubs_epi16(unsigned, signed), _mm256_set1_epi16(1)))
  }

  @inline(__always)
  static func floats(_ integers: Integers) -> Floats {
    Floats(_mm256_cvtepi32_ps(integers.low), _mm256_cvtepi32_ps(integers.high))
  }

  @inline(__always)
  static func storeLowBytes(_ values: Floats, _ pointer: UnsafeMutableRawPointer) {
    let mask = _mm256_set1_epi32(255)
    let low = _mm256_and_si256(_mm256_castps_si256(values.low), mask)
    let high = _mm256_and_si256(_mm256_castps_si256(values.high), mask)
    // Packing works within halves: four of `low`, four of `high` in each.
    let pairs = _mm256_packus_epi32(low, high)
    let bytes = _mm_packus_epi16(__m128i(pairs[0], pairs[2]), __m128i(pairs[1], pairs[3]))
    pointer.storeBytes(of: bytes, as: __m128i.self)
  }

  @inline(__always)
  static func storeSevens(_ values: Floats, high: UnsafeMutableRawPointer, low: UnsafeMutableRawPointer) {
    let (first, second) = (_mm256_castps_si256(values.low), _mm256_castps_si256(values.high))
    storeLowBytes(
      Floats(
        _mm256_castsi256_ps(_mm256_srli_epi32(first, 7)), _mm256_castsi256_ps(_mm256_srli_epi32(second, 7))),
      high)
    let sevens = _mm256_set1_epi32(127)
    storeLowBytes(
      Floats(
        _mm256_castsi256_ps(_mm256_and_si256(first, sevens)),
        _mm256_castsi256_ps(_mm256_and_si256(second, sevens))),
      low)
  }
}
