/// What the bodies of attention and of the elementwise kernels want of an instruction set: vectors of sixteen
/// single-precision lanes, in one register or in several.
///
/// Every operation is one correctly rounded IEEE operation in each lane, so that a body gives the same bits on all
/// instruction sets that fuse `multiplyAdd`; a set without fused operations rounds twice there and says so.
public protocol VectorISA {
  /// Sixteen single-precision numbers.
  associatedtype Floats: BitwiseCopyable

  /// Sixteen numbers from any address.
  static func load(_ pointer: UnsafePointer<Float>) -> Floats
  /// Sixteen half-precision numbers from any address.
  static func loadHalves(_ pointer: UnsafePointer<UInt16>) -> Floats
  /// Writes sixteen numbers to any address.
  static func store(_ values: Floats, _ pointer: UnsafeMutablePointer<Float>)
  /// Writes sixteen half-precision numbers to any address, rounded to nearest even.
  static func storeHalves(_ values: Floats, _ pointer: UnsafeMutablePointer<UInt16>)
  /// `value` in each lane.
  static func splat(_ value: Float) -> Floats

  /// `a + b`.
  static func add(_ a: Floats, _ b: Floats) -> Floats
  /// `a - b`.
  static func subtract(_ a: Floats, _ b: Floats) -> Floats
  /// `a * b`.
  static func multiply(_ a: Floats, _ b: Floats) -> Floats
  /// `a / b`.
  static func divide(_ a: Floats, _ b: Floats) -> Floats
  /// `a * b + c`, rounded once.
  static func multiplyAdd(_ a: Floats, _ b: Floats, _ c: Floats) -> Floats
  /// `c - a * b`, rounded once.
  static func multiplySubtract(_ a: Floats, _ b: Floats, from c: Floats) -> Floats
  /// The greater of two numbers; `b` where either is NaN.
  static func max(_ a: Floats, _ b: Floats) -> Floats
  /// The smaller of two numbers; `b` where either is NaN.
  static func min(_ a: Floats, _ b: Floats) -> Floats
  /// The lanes of `values` where `x` is at least `bound`, 0 elsewhere.
  static func keep(_ values: Floats, where x: Floats, isAtLeast bound: Floats) -> Floats
  /// `x * 2^n` rounded once; n are integers in -250...250, and |x| is in 0.5...2, or no result is subnormal, or x is NaN.
  static func scale(_ x: Floats, byPowersOfTwo n: Floats) -> Floats

  /// The greatest lane; NaN lanes are passed over, minus infinity where all are.
  static func greatest(_ values: Floats) -> Float
  /// The lanes in memory order.
  static func lanes(_ values: Floats) -> SIMD16<Float>
  /// Asks for the cache line at `pointer`, which need not be readable, in the second-level cache: what attention asks
  /// for at a time is more than the first holds, and takes its few buffers for lines that are on their way.
  static func prefetch(_ pointer: UnsafeRawPointer)
}

extension VectorISA {
  /// `count` (below 16) numbers, zeros in the other lanes.
  @inlinable @inline(__always)
  static func load(_ pointer: UnsafePointer<Float>, count: Int) -> Floats {
    var lanes = InlineArray<16, Float>(repeating: 0)
    for lane in 0..<count { lanes[lane] = pointer[lane] }
    return withUnsafePointer(to: lanes) {
      load(UnsafeRawPointer($0).assumingMemoryBound(to: Float.self))
    }
  }

  /// Writes the first `count` (below 16) lanes.
  @inlinable @inline(__always)
  static func store(_ values: Floats, _ pointer: UnsafeMutablePointer<Float>, count: Int) {
    let lanes = lanes(values)
    for lane in 0..<count { pointer[lane] = lanes[lane] }
  }

  /// The sum of the lanes as a tree of halves.
  @inlinable @inline(__always)
  static func sum(_ values: Floats) -> Float {
    let lanes = lanes(values)
    let eight = lanes.lowHalf + lanes.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// e to the power of each lane, within 2 units in the last place of the true value.
  ///
  /// x = n ln 2 + r with |r| <= ln 2 / 2; e^r is its Taylor polynomial of degree 7 (remainder below 2^-27). From 89 on
  /// the result is infinite, below -104 zero; NaN stays NaN.
  @inlinable @inline(__always)
  static func exp(_ x: Floats) -> Floats {
    let (n, rest) = exponentialParts(min(splat(89.5), max(splat(-105), x)))
    return scale(add(rest, splat(1)), byPowersOfTwo: n)
  }

  /// The hyperbolic tangent of each lane, within 4 units in the last place of the true value; NaN stays NaN.
  ///
  /// (e^2x - 1) / (e^2x + 1), e^2x - 1 being put together from the parts of the exponential: so small numbers lose no
  /// places.
  @inlinable @inline(__always)
  static func tanh(_ x: Floats) -> Floats {
    // From 10 on the result is 1.
    let clamped = min(splat(20), max(splat(-20), add(x, x)))
    let (n, rest) = exponentialParts(clamped)
    let less = subtract(scale(splat(1), byPowersOfTwo: n), splat(1))
    let difference = add(scale(rest, byPowersOfTwo: n), less)
    return divide(difference, add(difference, splat(2)))
  }

  /// A number of at most `cap` in magnitude for each lane: `cap * tanh(x * factor)`.
  @inlinable @inline(__always)
  static func softCapped(_ x: Floats, cap: Floats, factor: Floats) -> Floats {
    multiply(cap, tanh(multiply(x, factor)))
  }

  /// An integer n and a number p of each lane with e^x = 2^n (1 + p), p above -0.3 and below 0.42.
  ///
  /// - Parameter x: within -105...89.5, or NaN.
  @inlinable @inline(__always)
  static func exponentialParts(_ x: Floats) -> (n: Floats, rest: Floats) {
    // Adding 1.5 x 2^23 rounds to an integer.
    let shift = splat(12_582_912)
    let n = subtract(multiplyAdd(x, splat(1.442_695_04), shift), shift)
    // ln 2 in two parts; the first has 15 trailing zero bits, so that its product with n is exact.
    var r = multiplySubtract(n, splat(0.693_145_751_953_125), from: x)
    r = multiplySubtract(n, splat(1.428_606_820_309_417_2e-6), from: r)
    var sum = multiplyAdd(splat(1 / 5040), r, splat(1 / 720))
    sum = multiplyAdd(sum, r, splat(1 / 120))
    sum = multiplyAdd(sum, r, splat(1 / 24))
    sum = multiplyAdd(sum, r, splat(1 / 6))
    sum = multiplyAdd(sum, r, splat(0.5))
    return (n, multiplyAdd(sum, multiply(r, r), r))
  }
}
