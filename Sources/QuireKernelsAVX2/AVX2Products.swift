import CIntrinsics
import QuireKernelBodies
import _Builtin_intrinsics.intel

extension AVX2Kernels {
  /// Adds the entries of matrix products to a table.
  static func addProducts(to table: inout ProductTable) { table.add(Products.self) }
  /// Activations to bytes.
  static let quantize: KernelTable.Arrange = { QuantizeWork.quantizeTiles($0, Products.self) }
  /// What measures the machine.
  static let limits = LimitTable(
    laneCount: AVX2.laneCount, dotChains: { dotChains($0, repetitions: $1) },
    multiplyAddChains: { multiplyAddChains($0, repetitions: $1) })

  @inline(never)
  private static func dotChains(_ bytes: UnsafeRawPointer, repetitions: Int) -> Float {
    QuireKernelBodies.dotChains(AVX2.self, bytes, repetitions: repetitions)
  }

  @inline(never)
  private static func multiplyAddChains(_ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
    QuireKernelBodies.multiplyAddChains(AVX2.self, numbers, repetitions: repetitions)
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
    work.pointee.forEachTile(AVX2.self, kernel, tile) { K.multiply($0, Products.self, tile) }
  }

  @inline(never)
  static func nibbles<S: WeightScales, let T: Int>(
    _ work: TileWork, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyNibbles(AVX2.self, scaling, tile) }

  @inline(never)
  static func bytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyBytes(AVX2.self, weights, scaling, tile) }

  @inline(never)
  static func splitBytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplySplitBytes(AVX2.self, weights, scaling, tile) }

  @inline(never)
  static func floats<W: FloatWeights, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ tile: TokenTile<T>.Type
  ) { work.multiplyFloats(AVX2.self, weights, tile) }

  @inline(never)
  static func quantize<let T: Int>(
    _ work: UnsafePointer<QuantizeWork>, _ tile: TokenTile<T>.Type, _ tokens: Range<Int>
  ) {
    work.pointee.quantize(AVX2.self, tile, tokens: tokens)
  }
}

/// 256-bit vectors with FMA and F16C: a vector is half of a panel's rows.
private enum AVX2: ISA {
  typealias Bytes = __m256i
  /// Sums of two products in 16 bits.
  typealias NibbleSums = __m256i
  typealias Integers = __m256i
  typealias Floats = __m256

  /// Signed weights and their magnitudes: the instruction wants one unsigned factor, and saturates at 16 bits,
  /// which magnitudes of at most 128 times 127 do not reach.
  struct SignedBytes: BitwiseCopyable {
    var weights: __m256i
    var magnitudes: __m256i
  }

  @inline(__always) static var laneCount: Int { 8 }

  @inline(__always)
  static func bytes(at pointer: UnsafeRawPointer) -> __m256i { pointer.loadUnaligned(as: __m256i.self) }

  @inline(__always)
  static func lowNibbles(_ bytes: __m256i) -> __m256i { _mm256_and_si256(bytes, _mm256_set1_epi8(15)) }

  @inline(__always)
  static func highNibbles(_ bytes: __m256i) -> __m256i {
    _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15))
  }

  @inline(__always)
  static func lookUp(_ codes: __m256i, _ values: SIMD16<UInt8>) -> __m256i {
    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(unsafeBitCast(values, to: __m128i.self)), codes)
  }

  @inline(__always)
  static func startNibbles(_ correction: Int32) -> __m256i { _mm256_setzero_si256() }

  /// Two products of 15 * 127 at most, eight times: 30,480, below 2^15.
  @inline(__always)
  static func dotNibbles(_ sums: __m256i, _ weights: __m256i, _ activations: Int32) -> __m256i {
    _mm256_add_epi16(sums, _mm256_maddubs_epi16(weights, _mm256_set1_epi32(activations)))
  }

  @inline(__always)
  static func finish(_ sums: __m256i, _ correction: Int32) -> __m256i {
    _mm256_add_epi32(_mm256_madd_epi16(sums, _mm256_set1_epi16(1)), _mm256_set1_epi32(correction))
  }

  @inline(__always)
  static func signed(_ bytes: __m256i) -> SignedBytes {
    let weights = _mm256_xor_si256(bytes, _mm256_set1_epi8(-128))
    return SignedBytes(weights: weights, magnitudes: _mm256_abs_epi8(weights))
  }

  @inline(__always)
  static func startSigned(_ correction: Int32) -> __m256i { _mm256_setzero_si256() }

  @inline(__always)
  static func startSignedHalves(
    _ activations: UnsafeRawPointer, _ correction: Int32
  ) -> (first: __m256i, second: __m256i) {
    (_mm256_setzero_si256(), _mm256_setzero_si256())
  }

  @inline(__always)
  static func dotSigned(_ sums: __m256i, _ weights: SignedBytes, _ activations: Int32) -> __m256i {
    let products = _mm256_maddubs_epi16(
      weights.magnitudes, _mm256_sign_epi8(_mm256_set1_epi32(activations), weights.weights))
    return _mm256_add_epi32(sums, _mm256_madd_epi16(products, _mm256_set1_epi16(1)))
  }

  /// The sum of absolute differences of the bytes with 128 added from zero, in two parts.
  @inline(__always)
  static func sumOfSixteen(_ activations: UnsafeRawPointer) -> Int32 {
    let bytes = _mm_xor_si128(activations.loadUnaligned(as: __m128i.self), _mm_set1_epi8(-128))
    let sums = _mm_sad_epu8(bytes, _mm_setzero_si128())
    return Int32(truncatingIfNeeded: sums[0] &+ sums[1] &- 16 * 128)
  }

  @inline(__always)
  static func floats(_ integers: __m256i) -> __m256 { _mm256_cvtepi32_ps(integers) }

  @inline(__always)
  static func unsignedBytes(at pointer: UnsafeRawPointer) -> __m256 {
    _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(__m128i(pointer.loadUnaligned(as: Int64.self), 0)))
  }

  @inline(__always)
  static func signedBytes(at pointer: UnsafeRawPointer) -> __m256 {
    _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(__m128i(pointer.loadUnaligned(as: Int64.self), 0)))
  }

  @inline(__always)
  static func halves(at pointer: UnsafeRawPointer) -> __m256 {
    _mm256_cvtph_ps(pointer.loadUnaligned(as: __m128i.self))
  }

  @inline(__always)
  static func bfloats(at pointer: UnsafeRawPointer) -> __m256 {
    _mm256_castsi256_ps(
      _mm256_slli_epi32(_mm256_cvtepu16_epi32(pointer.loadUnaligned(as: __m128i.self)), 16))
  }

  @inline(__always)
  static func floats(at pointer: UnsafeRawPointer) -> __m256 { pointer.loadUnaligned(as: __m256.self) }

  @inline(__always)
  static func splat(_ value: Float) -> __m256 { _mm256_set1_ps(value) }

  @inline(__always)
  static func multiply(_ a: __m256, _ b: __m256) -> __m256 { _mm256_mul_ps(a, b) }

  @inline(__always)
  static func multiplyAdd(_ a: __m256, _ b: __m256, _ c: __m256) -> __m256 { _mm256_fmadd_ps(a, b, c) }

  @inline(__always)
  static func store(_ values: __m256, to pointer: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: values, as: __m256.self)
  }

  @inline(__always)
  static func prefetch(_ pointer: UnsafeRawPointer) { quire_prefetch(pointer) }

  @inline(__always)
  static func prefetchFar(_ pointer: UnsafeRawPointer) { quire_prefetch_second_level(pointer) }

  /// Nothing: the scales are found with the bytes.
  @inline(__always)
  static func findScales(_ blocks: Four<UnsafePointer<Float>>, record: UnsafeMutableRawPointer) {}

  @inline(__always)
  static func quantize(
    _ blocks: Four<UnsafePointer<Float>>, to targets: Four<UnsafeMutableRawPointer>,
    record: UnsafeMutableRawPointer
  ) {
    quantize(blocks.a, to: targets.a, numbers: record)
    quantize(blocks.b, to: targets.b, numbers: record + 4)
    quantize(blocks.c, to: targets.c, numbers: record + 8)
    quantize(blocks.d, to: targets.d, numbers: record + 12)
  }

  /// One block; `numbers` is the place of its scale.
  @inline(__always)
  private static func quantize(
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

  /// The bytes of one block; returns its scale, and the sum of the bytes.
  @inline(__always)
  private static func quantize(
    _ values: UnsafePointer<Float>, to bytes: UnsafeMutableRawPointer
  ) -> (scale: Float, sum: Int32) {
    let parts = InlineArray<4, __m256> { floats(at: UnsafeRawPointer(values + $0 * 8)) }
    // As integers magnitudes have the order of the numbers, and NaN is greater than all.
    let eight = _mm256_max_epu32(
      _mm256_max_epu32(magnitude(parts[0]), magnitude(parts[1])),
      _mm256_max_epu32(magnitude(parts[2]), magnitude(parts[3])))
    let four = _mm_max_epu32(_mm256_castsi256_si128(eight), upper(eight))
    let two = _mm_max_epu32(four, _mm_unpackhi_epi64(four, four))
    let pair = unsafeBitCast(two, to: SIMD4<UInt32>.self)
    let greatest = Float(bitPattern: max(pair.x, pair.y))
    let factor = splat(quantizationFactor(greatest))
    let integers = InlineArray<4, __m256i> { _mm256_cvtps_epi32(multiply(parts[$0], factor)) }
    // Packing works within halves: 4 columns of each part in the low half, 4 in the high one; sorted by the permutation.
    let packed = _mm256_packs_epi16(
      _mm256_packs_epi32(integers[0], integers[1]), _mm256_packs_epi32(integers[2], integers[3]))
    let quantized = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))
    bytes.storeBytes(of: quantized, as: __m256i.self)
    let sums = _mm256_madd_epi16(
      _mm256_maddubs_epi16(_mm256_set1_epi8(1), quantized), _mm256_set1_epi16(1))
    return (quantizationScale(greatest), sum(sums))
  }

  @inline(__always)
  private static func magnitude(_ values: __m256) -> __m256i {
    _mm256_and_si256(_mm256_castps_si256(values), _mm256_set1_epi32(0x7FFF_FFFF))
  }

  @inline(__always)
  private static func upper(_ values: __m256i) -> __m128i {
    __m128i(values[2], values[3])
  }

  @inline(__always)
  private static func sum(_ values: __m256i) -> Int32 {
    let lanes = unsafeBitCast(values, to: SIMD8<Int32>.self)
    let four = lanes.lowHalf &+ lanes.highHalf
    let two = four.lowHalf &+ four.highHalf
    return two.x &+ two.y
  }
}
