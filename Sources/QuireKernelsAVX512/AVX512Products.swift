import CIntrinsics
import QuireKernelBodies
import _Builtin_intrinsics.intel

extension AVX512Kernels {
  /// Adds the entries of matrix products to a table.
  static func addProducts(to table: inout ProductTable) { table.add(Products.self) }
  /// Activations to bytes.
  static let quantize: KernelTable.Arrange = { QuantizeWork.quantizeTiles($0, Products.self) }
  /// What measures the machine.
  static let limits = LimitTable(
    laneCount: AVX512.laneCount, dotChains: { dotChains($0, repetitions: $1) },
    multiplyAddChains: { multiplyAddChains($0, repetitions: $1) })

  @inline(never)
  private static func dotChains(_ bytes: UnsafeRawPointer, repetitions: Int) -> Float {
    QuireKernelBodies.dotChains(AVX512.self, bytes, repetitions: repetitions)
  }

  @inline(never)
  private static func multiplyAddChains(_ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
    QuireKernelBodies.multiplyAddChains(AVX512.self, numbers, repetitions: repetitions)
  }
}

/// One function for each kind of product and width of a tile.
private enum Products: TileEntries {
  static func product<K: ProductKernel>(_ kernel: K.Type) -> ProductTable.Multiply {
    { K.multiplyTiles($0, Products.self) }
  }

  @inline(never)
  static func multiply<K: ProductKernel, let T: Int>(
    _ work: UnsafePointer<PanelWork>, _ kernel: K.Type, _ tile: TokenTile<T>.Type
  ) {
    work.pointee.forEachTile(AVX512.self, kernel, tile) { K.multiply($0, Products.self, tile) }
  }

  @inline(never)
  static func nibbles<S: WeightScales, let T: Int>(
    _ work: TileWork, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyNibbles(AVX512.self, scaling, tile) }

  @inline(never)
  static func bytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyBytes(AVX512.self, weights, scaling, tile) }

  @inline(never)
  static func splitBytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplySplitBytes(AVX512.self, weights, scaling, tile) }

  @inline(never)
  static func floats<W: FloatWeights, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyFloats(AVX512.self, weights, tile) }

  @inline(never)
  static func quantize<let T: Int>(
    _ work: UnsafePointer<QuantizeWork>, _ tile: TokenTile<T>.Type, _ tokens: Range<Int>
  ) {
    work.pointee.quantize(AVX512.self, tile, tokens: tokens)
  }
}

/// Two vectors: the halves of a panel's rows.
private struct Pair<Vector: BitwiseCopyable>: BitwiseCopyable {
  var first: Vector
  var second: Vector

  @inline(__always)
  init(_ first: Vector, _ second: Vector) {
    self.first = first
    self.second = second
  }

  @inline(__always)
  init(at pointer: UnsafeRawPointer) {
    first = pointer.loadUnaligned(as: Vector.self)
    second = pointer.loadUnaligned(fromByteOffset: MemoryLayout<Vector>.size, as: Vector.self)
  }

  @inline(__always)
  func map<Result>(_ body: (Vector) -> Result) -> Pair<Result> { Pair<Result>(body(first), body(second)) }
}

/// Pairs of 512-bit vectors with VNNI: a pair is a whole panel's rows, and what is broadcast serves both vectors.
private enum AVX512: ISA {
  typealias Bytes = Pair<__m512i>
  typealias SignedBytes = Pair<__m512i>
  typealias NibbleSums = Pair<__m512i>
  typealias Integers = Pair<__m512i>
  typealias Floats = Pair<__m512>

  @inline(__always) static var laneCount: Int { 32 }

  @inline(__always)
  static func bytes(at pointer: UnsafeRawPointer) -> Pair<__m512i> { Pair(at: pointer) }

  @inline(__always)
  static func lowNibbles(_ bytes: Pair<__m512i>) -> Pair<__m512i> {
    bytes.map { _mm512_and_si512($0, _mm512_set1_epi8(15)) }
  }

  @inline(__always)
  static func highNibbles(_ bytes: Pair<__m512i>) -> Pair<__m512i> {
    bytes.map { _mm512_and_si512(_mm512_srli_epi16($0, 4), _mm512_set1_epi8(15)) }
  }

  @inline(__always)
  static func lookUp(_ codes: Pair<__m512i>, _ values: SIMD16<UInt8>) -> Pair<__m512i> {
    let table = _mm512_broadcast_i32x4(unsafeBitCast(values, to: __m128i.self))
    return codes.map { _mm512_shuffle_epi8(table, $0) }
  }

  @inline(__always)
  static func startNibbles(_ correction: Int32) -> Pair<__m512i> { startSigned(correction) }

  @inline(__always)
  static func dotNibbles(
    _ sums: Pair<__m512i>, _ weights: Pair<__m512i>, _ activations: Int32
  ) -> Pair<__m512i> {
    dotSigned(sums, weights, activations)
  }

  @inline(__always)
  static func finish(_ sums: Pair<__m512i>, _ correction: Int32) -> Pair<__m512i> { sums }

  /// Weights stay unsigned: `startSigned` has taken away what 128 too much will add.
  @inline(__always)
  static func signed(_ bytes: Pair<__m512i>) -> Pair<__m512i> { bytes }

  @inline(__always)
  static func startSigned(_ correction: Int32) -> Pair<__m512i> {
    let vector = _mm512_set1_epi32(correction)
    return Pair(vector, vector)
  }

  /// The sum of the first half comes of absolute differences, which leave the units of the byte products to the weights.
  @inline(__always)
  static func startSignedHalves(
    _ activations: UnsafeRawPointer, _ correction: Int32
  ) -> (first: Pair<__m512i>, second: Pair<__m512i>) {
    let parts = sumsOfEight(activations)
    let sum = _mm_sub_epi32(_mm_add_epi32(parts, _mm_unpackhi_epi64(parts, parts)), _mm_set1_epi32(16 * 128))
    let excess = _mm512_broadcastd_epi32(_mm_slli_epi32(sum, 7))
    let first = _mm512_sub_epi32(_mm512_setzero_si512(), excess)
    let second = _mm512_add_epi32(_mm512_set1_epi32(correction), excess)
    return (Pair(first, first), Pair(second, second))
  }

  @inline(__always)
  static func dotSigned(
    _ sums: Pair<__m512i>, _ weights: Pair<__m512i>, _ activations: Int32
  ) -> Pair<__m512i> {
    let vector = _mm512_set1_epi32(activations)
    return Pair(
      _mm512_dpbusd_epi32(sums.first, weights.first, vector),
      _mm512_dpbusd_epi32(sums.second, weights.second, vector))
  }

  @inline(__always)
  static func sumOfSixteen(_ activations: UnsafeRawPointer) -> Int32 {
    let sums = sumsOfEight(activations)
    return Int32(truncatingIfNeeded: sums[0] &+ sums[1] &- 16 * 128)
  }

  /// Two sums, each of eight signed bytes with 128 added to each of them: absolute differences from zero.
  @inline(__always)
  private static func sumsOfEight(_ activations: UnsafeRawPointer) -> __m128i {
    let bytes = _mm_xor_si128(activations.loadUnaligned(as: __m128i.self), _mm_set1_epi8(-128))
    return _mm_sad_epu8(bytes, _mm_setzero_si128())
  }

  @inline(__always)
  static func floats(_ integers: Pair<__m512i>) -> Pair<__m512> { integers.map { _mm512_cvtepi32_ps($0) } }

  @inline(__always)
  static func unsignedBytes(at pointer: UnsafeRawPointer) -> Pair<__m512> {
    Pair<__m128i>(at: pointer).map { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32($0)) }
  }

  @inline(__always)
  static func signedBytes(at pointer: UnsafeRawPointer) -> Pair<__m512> {
    Pair<__m128i>(at: pointer).map { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32($0)) }
  }

  @inline(__always)
  static func halves(at pointer: UnsafeRawPointer) -> Pair<__m512> {
    Pair<__m256i>(at: pointer).map { _mm512_cvtph_ps($0) }
  }

  @inline(__always)
  static func bfloats(at pointer: UnsafeRawPointer) -> Pair<__m512> {
    Pair<__m256i>(at: pointer).map { _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32($0), 16)) }
  }

  @inline(__always)
  static func floats(at pointer: UnsafeRawPointer) -> Pair<__m512> { Pair(at: pointer) }

  @inline(__always)
  static func splat(_ value: Float) -> Pair<__m512> {
    let vector = _mm512_set1_ps(value)
    return Pair(vector, vector)
  }

  @inline(__always)
  static func multiply(_ a: Pair<__m512>, _ b: Pair<__m512>) -> Pair<__m512> {
    Pair(_mm512_mul_ps(a.first, b.first), _mm512_mul_ps(a.second, b.second))
  }

  @inline(__always)
  static func multiplyAdd(_ a: Pair<__m512>, _ b: Pair<__m512>, _ c: Pair<__m512>) -> Pair<__m512> {
    Pair(_mm512_fmadd_ps(a.first, b.first, c.first), _mm512_fmadd_ps(a.second, b.second, c.second))
  }

  @inline(__always)
  static func store(_ values: Pair<__m512>, to pointer: UnsafeMutablePointer<Float>) {
    let raw = UnsafeMutableRawPointer(pointer)
    raw.storeBytes(of: values.first, as: __m512.self)
    raw.storeBytes(of: values.second, toByteOffset: 64, as: __m512.self)
  }

  @inline(__always)
  static func prefetch(_ pointer: UnsafeRawPointer) { quire_prefetch(pointer) }

  @inline(__always)
  static func prefetchFar(_ pointer: UnsafeRawPointer) { quire_prefetch_second_level(pointer) }

  /// The factors stand where the corrections for bytes will be.
  @inline(__always)
  static func findScales(_ blocks: Four<UnsafePointer<Float>>, record: UnsafeMutableRawPointer) {
    let magnitudes = reduce(
      greaterMagnitudes(floats(at: blocks.a)), greaterMagnitudes(floats(at: blocks.b)),
      greaterMagnitudes(floats(at: blocks.c)), greaterMagnitudes(floats(at: blocks.d)),
      { _mm512_max_epu32($0, $1) }, { _mm_max_epu32($0, $1) })
    let greatest = unsafeBitCast(magnitudes, to: SIMD4<Float>.self)
    record.storeBytes(of: quantizationScales(greatest), as: SIMD4<Float>.self)
    record.storeBytes(
      of: quantizationFactors(greatest), toByteOffset: ActivationLayout.byteCorrectionOffset,
      as: SIMD4<Float>.self)
  }

  @inline(__always)
  static func quantize(
    _ blocks: Four<UnsafePointer<Float>>, to targets: Four<UnsafeMutableRawPointer>,
    record: UnsafeMutableRawPointer
  ) {
    let factors = UnsafeRawPointer(record + ActivationLayout.byteCorrectionOffset)
    let (ab, abSums) = round(
      floats(at: blocks.a), splat(factors.load(as: Float.self)).first,
      floats(at: blocks.b), splat(factors.load(fromByteOffset: 4, as: Float.self)).first)
    let (cd, cdSums) = round(
      floats(at: blocks.c), splat(factors.load(fromByteOffset: 8, as: Float.self)).first,
      floats(at: blocks.d), splat(factors.load(fromByteOffset: 12, as: Float.self)).first)
    targets.a.storeBytes(of: half(ab, 0), as: __m256i.self)
    targets.b.storeBytes(of: half(ab, 1), as: __m256i.self)
    targets.c.storeBytes(of: half(cd, 0), as: __m256i.self)
    targets.d.storeBytes(of: half(cd, 1), as: __m256i.self)
    let sums = unsafeBitCast(
      reduce(
        abSums.first, abSums.second, cdSums.first, cdSums.second,
        { _mm512_add_epi32($0, $1) }, { _mm_add_epi32($0, $1) }), to: SIMD4<Int32>.self)
    let scales = record.loadUnaligned(as: SIMD4<Float>.self)
    let negative = SIMD4<Int32>(repeating: 0) &- sums
    record.storeBytes(
      of: scales * SIMD4<Float>(sums), toByteOffset: ActivationLayout.productOffset, as: SIMD4<Float>.self)
    record.storeBytes(
      of: negative &<< 3, toByteOffset: ActivationLayout.nibbleCorrectionOffset, as: SIMD4<Int32>.self)
    record.storeBytes(
      of: negative &<< 7, toByteOffset: ActivationLayout.byteCorrectionOffset, as: SIMD4<Int32>.self)
  }

  /// The combined lanes of each of four vectors: a transposition of 4 x 4 lanes in each quarter, then the quarters.
  @inline(__always)
  private static func reduce(
    _ a: __m512i, _ b: __m512i, _ c: __m512i, _ d: __m512i, _ combine: (__m512i, __m512i) -> __m512i,
    _ combineQuarters: (__m128i, __m128i) -> __m128i
  ) -> __m128i {
    let ab = combine(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b))
    let cd = combine(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d))
    let all = combine(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd))
    return combineQuarters(
      combineQuarters(_mm512_castsi512_si128(all), __m128i(all[2], all[3])),
      combineQuarters(__m128i(all[4], all[5]), __m128i(all[6], all[7])))
  }

  /// As integers magnitudes have the order of the numbers, and NaN is greater than all.
  @inline(__always)
  private static func greaterMagnitudes(_ values: Pair<__m512>) -> __m512i {
    _mm512_max_epu32(magnitude(values.first), magnitude(values.second))
  }

  /// The lower (0) or the upper half.
  @inline(__always)
  private static func half(_ values: __m512i, _ index: Int) -> __m256i {
    let first = index * 4
    return __m256i(values[first], values[first + 1], values[first + 2], values[first + 3])
  }

  /// Twice 32 numbers times their factors as bytes, and of each sums of two of the integers.
  @inline(__always)
  private static func round(
    _ a: Pair<__m512>, _ aFactor: __m512, _ b: Pair<__m512>, _ bFactor: __m512
  ) -> (bytes: __m512i, sums: Pair<__m512i>) {
    let a = a.map { _mm512_cvtps_epi32(_mm512_mul_ps($0, aFactor)) }
    let b = b.map { _mm512_cvtps_epi32(_mm512_mul_ps($0, bFactor)) }
    // Packing works within quarters: 4 columns of each vector in each; sorted by the permutation.
    let packed = _mm512_packs_epi16(
      _mm512_packs_epi32(a.first, a.second), _mm512_packs_epi32(b.first, b.second))
    let order = unsafeBitCast(
      SIMD16<Int32>(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), to: __m512i.self)
    return (
      _mm512_permutexvar_epi32(order, packed),
      Pair(_mm512_add_epi32(a.first, a.second), _mm512_add_epi32(b.first, b.second))
    )
  }

  @inline(__always)
  private static func magnitude(_ values: __m512) -> __m512i {
    _mm512_and_si512(_mm512_castps_si512(values), _mm512_set1_epi32(0x7FFF_FFFF))
  }
}
