import QuireKernelBodies
import QuireTensorFormats

/// How `PortableVectors` multiplies and adds.
protocol PortableRounding: Sendable {
  /// `a * b + c`.
  static func multiplyAdd(_ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>) -> SIMD16<Float>
}

/// The product is rounded, too: the fast way on processors without fused operations, where each is a function call.
/// The last bits differ from those of the other instruction sets.
enum RoundedApart: PortableRounding {
  @inline(__always)
  static func multiplyAdd(_ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>) -> SIMD16<Float> {
    a * b + c
  }
}

/// Rounded once, lane by lane: the same bits as those of the other instruction sets. Each lane is a call of a library's
/// function, beside which one more call is nothing; 120 copies would take a third of the module's time to compile.
enum RoundedOnce: PortableRounding {
  @inline(never)
  static func multiplyAdd(_ a: SIMD16<Float>, _ b: SIMD16<Float>, _ c: SIMD16<Float>) -> SIMD16<Float> {
    c.addingProduct(a, b)
  }
}

/// Portable SIMD: for processors without a module of their own, and the twin of the modules.
enum PortableVectors<Rounding: PortableRounding>: AttentionISA {
  typealias Floats = SIMD16<Float>
  typealias Tiles = PortableTiles

  @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>) -> Floats { pointer.lanes16(0) }

  @inline(__always)
  static func loadHalves(_ pointer: UnsafePointer<UInt16>) -> Floats {
    let low = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<UInt16>.self)
    let high = UnsafeRawPointer(pointer).loadUnaligned(fromByteOffset: 16, as: SIMD8<UInt16>.self)
    return Floats(lowHalf: HalfPrecision.floats(low), highHalf: HalfPrecision.floats(high))
  }

  @inline(__always)
  static func store(_ values: Floats, _ pointer: UnsafeMutablePointer<Float>) { pointer.store(values, 0) }

  @inline(__always)
  static func storeHalves(_ values: Floats, _ pointer: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: halves(values), as: SIMD16<UInt16>.self)
  }

  @inline(__always) static func splat(_ value: Float) -> Floats { Floats(repeating: value) }
  @inline(__always) static func add(_ a: Floats, _ b: Floats) -> Floats { a + b }
  @inline(__always) static func subtract(_ a: Floats, _ b: Floats) -> Floats { a - b }
  @inline(__always) static func multiply(_ a: Floats, _ b: Floats) -> Floats { a * b }
  @inline(__always) static func divide(_ a: Floats, _ b: Floats) -> Floats { a / b }
  @inline(__always) static func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats {
    Rounding.multiplyAdd(a, b, c)
  }

  /// A sign changes no rounding.
  @inline(__always)
  static func multiplySubtract(_ a: Floats, _ b: Floats, from c: Floats) -> Floats {
    Rounding.multiplyAdd(-a, b, c)
  }

  @inline(__always)
  static func max(_ a: Floats, _ b: Floats) -> Floats { b.replacing(with: a, where: a .> b) }

  @inline(__always)
  static func min(_ a: Floats, _ b: Floats) -> Floats { b.replacing(with: a, where: a .< b) }

  @inline(__always)
  static func keep(_ values: Floats, where x: Floats, isAtLeast bound: Floats) -> Floats {
    Floats(repeating: 0).replacing(with: values, where: x .>= bound)
  }

  /// Two steps: the first is exact, so that a subnormal result is rounded once.
  @inline(__always)
  static func scale(_ x: Floats, byPowersOfTwo n: Floats) -> Floats {
    // Adding 1.5 × 2^23 leaves the integer in the low bits.
    let shift = Floats(repeating: 12_582_912)
    typealias Words = SIMD16<Int32>
    let exponent = unsafeBitCast(n + shift, to: Words.self) &- unsafeBitCast(shift, to: Words.self)
    let first = exponent &>> Words(repeating: 1)
    return x * powerOfTwo(first) * powerOfTwo(exponent &- first)
  }

  /// 2 to the power of each lane, which lies in -126…127.
  @inline(__always)
  private static func powerOfTwo(_ exponent: SIMD16<Int32>) -> Floats {
    let biased = exponent &+ SIMD16<Int32>(repeating: 127)
    return unsafeBitCast(biased &<< SIMD16<Int32>(repeating: 23), to: Floats.self)
  }

  @inline(__always)
  static func greatest(_ values: Floats) -> Float {
    let numbers = lanes(max(values, splat(-.infinity)))
    let eight = numbers.lowHalf.replacing(
      with: numbers.highHalf, where: numbers.highHalf .> numbers.lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return Swift.max(two.x, two.y)
  }

  @inline(__always) static func lanes(_ values: Floats) -> SIMD16<Float> { values }
  @inline(__always) static func prefetch(_ pointer: UnsafeRawPointer) {}

  @inline(never)
  static func score<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, keyCount: Int,
    isFetching: Bool
  ) {
    E.scoreTile(work, Self.self, shape, row: row, keyCount: keyCount, isFetching: isFetching)
  }

  @inline(never)
  static func accumulate<E: KVElements, S: TileShape>(
    _ work: borrowing AttentionWork, _ elements: E.Type, _ shape: S.Type, row: Int, runCount: Int,
    next: KeyRun
  ) {
    E.valueTiles(work, Self.self, shape, row: row, runCount: runCount, next: next)
  }

  @inline(never)
  static func weigh<E: KVElements>(
    _ work: borrowing AttentionWork, _ elements: E.Type, row: Int, tileStart: Int, start: Int, end: Int
  ) {
    E.weighRow(work, Self.self, row: row, tileStart: tileStart, start: start, end: end)
  }
}

extension PortableVectors {
  typealias Integers = SIMD16<Int32>
  typealias KeyBytes = SIMD16<UInt32>
  typealias ValueBytes = SIMD16<UInt32>

  @inline(__always)
  static func keyBytes(at pointer: UnsafeRawPointer) -> SIMD16<UInt32> {
    pointer.loadUnaligned(as: SIMD16<UInt32>.self)
  }

  @inline(__always)
  static func valueBytes(at pointer: UnsafeRawPointer) -> SIMD16<UInt32> {
    pointer.loadUnaligned(as: SIMD16<UInt32>.self)
  }

  @inline(__always)
  static func startKeySums(_ correction: Int32) -> Integers { Integers(repeating: correction) }

  @inline(__always) static func times128(_ integers: Integers) -> Integers {
    integers &* Integers(repeating: 128)
  }

  @inline(__always)
  static func addProducts(_ sums: Integers, _ keys: SIMD16<UInt32>, query: Int32) -> Integers {
    var sums = sums
    for byte: Int32 in 0..<4 {
      let factor = Int32(Int8(truncatingIfNeeded: query &>> (8 &* byte)))
      let keys = Integers(truncatingIfNeeded: (keys &>> SIMD16(repeating: UInt32(8 &* byte))) & 255)
      sums = sums &+ keys &* Integers(repeating: factor)
    }
    return sums
  }

  @inline(__always) static func startValueSums() -> Integers { Integers(repeating: 0) }

  @inline(__always)
  static func addProducts(_ sums: Integers, _ values: SIMD16<UInt32>, weights: Int32) -> Integers {
    var sums = sums
    for byte: Int32 in 0..<4 {
      let factor = (weights &>> (8 &* byte)) & 255
      let shifted = Integers(truncatingIfNeeded: values &<< SIMD16(repeating: UInt32(24 &- 8 &* byte)))
      sums = sums &+ (shifted &>> Integers(repeating: 24)) &* Integers(repeating: factor)
    }
    return sums
  }

  @inline(__always) static func floats(_ integers: Integers) -> Floats { Floats(integers) }

  @inline(__always)
  static func storeLowBytes(_ values: Floats, _ pointer: UnsafeMutableRawPointer) {
    let bytes = SIMD16<UInt8>(truncatingIfNeeded: unsafeBitCast(values, to: SIMD16<UInt32>.self))
    pointer.storeBytes(of: bytes, as: SIMD16<UInt8>.self)
  }

  @inline(__always)
  static func storeSevens(_ values: Floats, high: UnsafeMutableRawPointer, low: UnsafeMutableRawPointer) {
    let bits = unsafeBitCast(values, to: SIMD16<UInt32>.self)
    let sevens = SIMD16<UInt32>(repeating: 127)
    high.storeBytes(
      of: SIMD16<UInt8>(truncatingIfNeeded: (bits &>> SIMD16(repeating: 7)) & sevens), as: SIMD16<UInt8>.self)
    low.storeBytes(of: SIMD16<UInt8>(truncatingIfNeeded: bits & sevens), as: SIMD16<UInt8>.self)
  }
}
