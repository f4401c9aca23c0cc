// Vectors of numbers reduced by halves, and clamped by masks: the standard library's own forms go lane by lane.

extension SIMD8<Float> {
  @inline(__always)
  var total: Float {
    let four = lowHalf + highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  @inline(__always)
  func lesser(_ other: Self) -> Self { other.replacing(with: self, where: self .< other) }

  @inline(__always)
  func greater(_ other: Self) -> Self { other.replacing(with: self, where: self .> other) }
}

extension SIMD8<Float> {
  @inline(__always)
  var smallest: Float {
    let four = lowHalf.replacing(with: highHalf, where: highHalf .< lowHalf)
    return Swift.min(Swift.min(four[0], four[1]), Swift.min(four[2], four[3]))
  }

  @inline(__always)
  var largest: Float { -(Self() - self).smallest }
}

extension SIMD16<Float> {
  /// The sum of all lanes.
  @inline(__always)
  var total: Float { (lowHalf + highHalf).total }
  /// The sum of the squares of all lanes.
  @inline(__always)
  var squaredTotal: Float { (self * self).total }

  @inline(__always)
  var smallest: Float { lowHalf.lesser(highHalf).smallest }
  @inline(__always)
  var largest: Float { lowHalf.greater(highHalf).largest }

  /// The nearest whole numbers in a range.
  @inline(__always)
  func whole(in range: ClosedRange<Float>) -> Self {
    let magic = Self(repeating: 0x1.8p23)
    let nearest = (self + magic) - magic
    let (low, high) = (SIMD8(repeating: range.lowerBound), SIMD8(repeating: range.upperBound))
    return Self(
      lowHalf: nearest.lowHalf.greater(low).lesser(high), highHalf: nearest.highHalf.greater(low).lesser(high)
    )
  }
}

/// Thirty-two numbers, in two vectors: wider ones the compiler takes apart lane by lane.
struct ThirtyTwo {
  var low: SIMD16<Float>
  var high: SIMD16<Float>

  /// The numbers from an address on, whatever its alignment.
  @inline(__always)
  init(_ numbers: UnsafePointer<Float>) {
    low = UnsafeRawPointer(numbers).loadUnaligned(as: SIMD16<Float>.self)
    high = UnsafeRawPointer(numbers + 16).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  init(low: SIMD16<Float>, high: SIMD16<Float>) {
    self.low = low
    self.high = high
  }

  /// Every number times a factor, and a term added.
  @inline(__always)
  func scaled(_ factor: Float, plus term: Float) -> ThirtyTwo {
    ThirtyTwo(low: low * factor + term, high: high * factor + term)
  }

  @inline(__always)
  func whole(in range: ClosedRange<Float>) -> ThirtyTwo {
    ThirtyTwo(low: low.whole(in: range), high: high.whole(in: range))
  }

  @inline(__always)
  static func - (a: ThirtyTwo, b: ThirtyTwo) -> ThirtyTwo {
    ThirtyTwo(low: a.low - b.low, high: a.high - b.high)
  }

  /// The sum of the products of numbers in the same place.
  @inline(__always)
  func dot(_ other: ThirtyTwo) -> Float { (low * other.low + high * other.high).total }

  @inline(__always)
  var total: Float { (low + high).total }
  @inline(__always)
  var squaredTotal: Float { dot(self) }
  @inline(__always)
  var smallest: Float { Swift.min(low.smallest, high.smallest) }
  @inline(__always)
  var largest: Float { Swift.max(low.largest, high.largest) }
}
