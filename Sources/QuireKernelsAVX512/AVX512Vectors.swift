import CIntrinsics
import QuireKernelBodies
import _Builtin_intrinsics.intel

extension AVX512Kernels {
  /// Attention and the row kernels.
  static let vectors = VectorTable(
    attendHalves: { $0.pointee.attend(AVX512.self, HalfElements.self) },
    attendSingles: { $0.pointee.attend(AVX512.self, SingleElements.self) },
    attendBytes: { $0.pointee.attend(AVX512.self, ByteElements.self) },
    storeHalves: { $0.pointee.store(AVX512.self, HalfElements.self) },
    storeSingles: { _ = $0.pointee.store(AVX512.self, SingleElements.self) },
    storeBytes: { $0.pointee.store(AVX512.self) },
    normalize: { $0.pointee.normalize(AVX512.self) },
    gate: { $0.pointee.gate(AVX512.self) },
    softCap: { $0.pointee.apply(AVX512.self) },
    rotate: { $0.pointee.rotate(AVX512.self) },
    scanLogits: { $0.pointee.scan(AVX512.self) },
    sumLogits: { $0.pointee.sum(AVX512.self) },
    exponentiateLogits: { $0.pointee.exponentiate(AVX512.self) })
}

/// One 512-bit register.
private enum AVX512: AttentionISA {
  typealias Floats = __m512

  typealias Tiles = TilesInManyRegisters

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>) -> __m512 {
    UnsafeRawPointer(pointer).loadUnaligned(as: __m512.self)
  }

  @inline(__always)
  static func loadHalves(_ pointer: UnsafePointer<UInt16>) -> __m512 {
    _mm512_cvtph_ps(UnsafeRawPointer(pointer).loadUnaligned(as: __m256i.self))
  }

  @inline(__always)
  static func store(_ values: __m512, _ pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: values, as: __m512.self)
  }

  @inline(__always)
  static func storeHalves(_ values: __m512, _ pointer: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: halves(values), as: SIMD16<UInt16>.self)
  }

  @inline(__always) static func splat(_ value: Float) -> __m512 { _mm512_set1_ps(value) }
  @inline(__always) static func add(_ a: __m512, _ b: __m512) -> __m512 { _mm512_add_ps(a, b) }
  @inline(__always) static func subtract(_ a: __m512, _ b: __m512) -> __m512 { _mm512_sub_ps(a, b) }
  @inline(__always) static func multiply(_ a: __m512, _ b: __m512) -> __m512 { _mm512_mul_ps(a, b) }
  @inline(__always) static func divide(_ a: __m512, _ b: __m512) -> __m512 { _mm512_div_ps(a, b) }

  @inline(__always)
  static func multiplyAdd(_ a: __m512, _ b: __m512, _ c: __m512) -> __m512 { _mm512_fmadd_ps(a, b, c) }

  @inline(__always)
  static func multiplySubtract(_ a: __m512, _ b: __m512, from c: __m512) -> __m512 {
    _mm512_fnmadd_ps(a, b, c)
  }

  @inline(__always) static func max(_ a: __m512, _ b: __m512) -> __m512 { _mm512_max_ps(a, b) }
  @inline(__always) static func min(_ a: __m512, _ b: __m512) -> __m512 { _mm512_min_ps(a, b) }

  @inline(__always)
  static func keep(_ values: __m512, where x: __m512, isAtLeast bound: __m512) -> __m512 {
    _mm512_setzero_ps().replacing(with: values, where: x .>= bound)
  }

  @inline(__always)
  static func scale(_ x: __m512, byPowersOfTwo n: __m512) -> __m512 { _mm512_scalef_ps(x, n) }

  @inline(__always)
  static func greatest(_ values: __m512) -> Float {
    // The second operand stands in for a NaN.
    _mm512_reduce_max_ps(_mm512_max_ps(values, _mm512_set1_ps(-.infinity)))
  }

  @inline(__always) static func lanes(_ values: __m512) -> SIMD16<Float> { values }
  @inline(__always)
  static func prefetch(_ pointer: UnsafeRawPointer) { quire_prefetch_second_level(pointer) }

  @inline(never)
  static func score<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, keyCount: Int,
    isFetching: Bool
  ) {
    E.scoreTile(work, AVX512.self, shape, row: row, keyCount: keyCount, isFetching: isFetching)
  }

  @inline(never)
  static func accumulate<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, runCount: Int,
    next: KeyRun
  ) {
    E.valueTiles(work, AVX512.self, shape, row: row, runCount: runCount, next: next)
  }

  @inline(never)
  static func weigh<E: KVElements>(
    _ work: borrowing AttentionWork, _ elements: E.Type, row: Int, tileStart: Int, start: Int, end: Int
  ) {
    E.weighRow(work, AVX512.self, row: row, tileStart: tileStart, start: start, end: end)
  }
}

extension AVX512 {
  typealias Integers = __m512i
  typealias KeyBytes = __m512i
  typealias ValueBytes = __m512i

  @inline(__always)
  static func keyBytes(at pointer: UnsafeRawPointer) -> __m512i { pointer.loadUnaligned(as: __m512i.self) }

  @inline(__always)
  static func valueBytes(at pointer: UnsafeRawPointer) -> __m512i { pointer.loadUnaligned(as: __m512i.self) }

  @inline(__always) static func startKeySums(_ correction: Int32) -> __m512i { _mm512_set1_epi32(correction) }

  @inline(__always) static func times128(_ integers: __m512i) -> __m512i { _mm512_slli_epi32(integers, 7) }

  @inline(__always)
  static func addProducts(_ sums: __m512i, _ keys: __m512i, query: Int32) -> __m512i {
    _mm512_dpbusd_epi32(sums, keys, _mm512_set1_epi32(query))
  }

  @inline(__always) static func startValueSums() -> __m512i { _mm512_setzero_si512() }

  @inline(__always)
  static func addProducts(_ sums: __m512i, _ values: __m512i, weights: Int32) -> __m512i {
    _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(weights), values)
  }

  @inline(__always) static func floats(_ integers: __m512i) -> __m512 { _mm512_cvtepi32_ps(integers) }

  @inline(__always)
  static func storeLowBytes(_ values: __m512, _ pointer: UnsafeMutableRawPointer) {
    pointer.storeBytes(of: _mm512_cvtepi32_epi8(_mm512_castps_si512(values)), as: __m128i.self)
  }

  @inline(__always)
  static func storeSevens(_ values: __m512, high: UnsafeMutableRawPointer, low: UnsafeMutableRawPointer) {
    let bits = _mm512_castps_si512(values)
    high.storeBytes(of: _mm512_cvtepi32_epi8(_mm512_srli_epi32(bits, 7)), as: __m128i.self)
    low.storeBytes(
      of: _mm512_cvtepi32_epi8(_mm512_and_si512(bits, _mm512_set1_epi32(127))), as: __m128i.self)
  }
}
