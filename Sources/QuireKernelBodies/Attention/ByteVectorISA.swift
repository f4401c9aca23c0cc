/// What attention over bytes wants of an instruction set besides: sums of products of bytes in sixteen lanes of 32 bits,
/// exact whatever the instructions are.
public protocol ByteVectorISA: VectorISA {
  /// Sixteen integers of 32 bits.
  associatedtype Integers: BitwiseCopyable
  /// Four dimensions of sixteen positions' keys, as products take them.
  associatedtype KeyBytes: BitwiseCopyable
  /// Four positions of sixteen dimensions' values, as products take them.
  associatedtype ValueBytes: BitwiseCopyable

  /// 64 bytes of keys, 128 added to each, from any address: of each position the four dimensions in a row.
  static func keyBytes(at pointer: UnsafeRawPointer) -> KeyBytes
  /// 64 signed bytes of values, within -127...127, from any address: of each dimension the four positions in a row.
  static func valueBytes(at pointer: UnsafeRawPointer) -> ValueBytes
  /// What sums of products with a query's higher bytes start from. `correction` is the sum of the query's numbers, negated:
  /// multiplied by 128, as these sums are before the lower bytes are added, it takes away what the 128 that was added to
  /// each key has brought.
  static func startKeySums(_ correction: Int32) -> Integers
  /// 128 times the integers.
  static func times128(_ integers: Integers) -> Integers
  /// Adds the products of keys with four signed bytes of a query, each within -127...127.
  static func addProducts(_ sums: Integers, _ keys: KeyBytes, query: Int32) -> Integers
  /// Sixteen zeros, which sums of products with values start from.
  static func startValueSums() -> Integers
  /// Adds the products of values with four bytes of weights, each within 0...127.
  static func addProducts(_ sums: Integers, _ values: ValueBytes, weights: Int32) -> Integers
  /// The nearest single-precision numbers.
  static func floats(_ integers: Integers) -> Floats
  /// Writes the lowest byte of each lane's bits to any sixteen addresses in a row.
  static func storeLowBytes(_ values: Floats, _ pointer: UnsafeMutableRawPointer)
  /// Writes, a byte each, bits 7...13 of each lane to any sixteen addresses in a row, and bits 0...6 to others. Bit 14 is
  /// not set.
  static func storeSevens(_ values: Floats, high: UnsafeMutableRawPointer, low: UnsafeMutableRawPointer)
}

extension ByteVectorISA {
  /// Added to a number within -2^21...2^21, leaves the nearest integer, ties to even, in the low bits: 1.5 x 2^23.
  @inlinable @inline(__always)
  static var roundingShift: Float { 12_582_912 }

  /// Sixteen numbers from `index` on, zeros from `count` on.
  @inlinable @inline(__always)
  static func load(_ numbers: UnsafePointer<Float>, from index: Int, of count: Int) -> Floats {
    index + 16 <= count ? load(numbers + index) : load(numbers + index, count: count - index)
  }

  /// The greatest magnitude of some numbers; NaN where one of them is.
  @inlinable @inline(__always)
  static func greatestMagnitude(_ numbers: UnsafePointer<Float>, count: Int) -> Float {
    var (greatest, least, ordered) = (splat(0), splat(0), splat(0))
    var index = 0
    while index < count {
      let values = load(numbers, from: index, of: count)
      greatest = max(values, greatest)
      least = min(values, least)
      ordered = add(ordered, keep(splat(1), where: values, isAtLeast: splat(-.infinity)))
      index += 16
    }
    guard sum(ordered) == Float(index) else { return .nan }
    return Swift.max(self.greatest(greatest), self.greatest(subtract(splat(0), least)))
  }

  /// Writes a head's numbers, zeros up to a whole vector after them, in their longest parts of a power of two times an
  /// orthonormal Hadamard matrix: done twice, all is as it was.
  ///
  /// - Parameter target: may be where the numbers are.
  @inlinable @inline(__always)
  static func rotate(
    _ numbers: UnsafePointer<Float>, _ count: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let padded = ByteRun.paddedDimension(count)
    let part = padded & -padded
    rotateGroups(numbers, count, into: target, factor: 1 / Float(part).squareRoot())
    var distance = 16
    while distance < part {
      for index in stride(from: 0, to: padded, by: 16) where index & distance == 0 {
        let (a, b) = (load(target + index), load(target + index + distance))
        store(add(a, b), target + index)
        store(subtract(a, b), target + index + distance)
      }
      distance *= 2
    }
  }

  /// Writes a head's numbers, zeros up to a whole vector after them, each sixteen times a Hadamard matrix whose numbers
  /// are `factor`, positive or negative; 1 / 4 makes it orthonormal.
  ///
  /// - Parameter target: may be where the numbers are.
  @inlinable @inline(__always)
  static func rotateGroups(
    _ numbers: UnsafePointer<Float>, _ count: Int, into target: UnsafeMutablePointer<Float>,
    factor: Float = 0.25
  ) {
    for index in stride(from: 0, to: count, by: ByteRun.groupDimension) {
      // Sums and differences of neighbours, sums first: after four times each lane has met all, and stands in its place.
      var mixed = lanes(multiply(load(numbers, from: index, of: count), splat(factor)))
      for _ in 0..<4 {
        mixed = SIMD16(
          lowHalf: mixed.evenHalf + mixed.oddHalf, highHalf: mixed.evenHalf - mixed.oddHalf)
      }
      UnsafeMutableRawPointer(target + index).storeBytes(of: mixed, as: SIMD16<Float>.self)
    }
  }

  /// 2 to the power of each lane, with a relative error below 8e-5; zero below -150.
  ///
  /// - Parameter x: at most 120.
  @inlinable @inline(__always)
  static func roughPowerOfTwo(_ x: Floats) -> Floats {
    let x = max(splat(-200), x)
    let shift = splat(roundingShift)
    let n = subtract(add(x, shift), shift)
    let rest = subtract(x, n)
    // The polynomial of degree 3 with the least relative error in -0.5...0.5.
    var power = multiplyAdd(splat(0.055_171_67), rest, splat(0.242_611_14))
    power = multiplyAdd(power, rest, splat(0.693_260_99))
    power = multiplyAdd(power, rest, splat(0.999_928_07))
    return scale(power, byPowersOfTwo: n)
  }
}
