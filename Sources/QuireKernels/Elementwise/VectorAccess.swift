extension UnsafePointer<Float> {
  /// Sixteen floats from `offset` on; any alignment.
  @inline(__always)
  func lanes16(_ offset: Int) -> SIMD16<Float> {
    UnsafeRawPointer(self + offset).loadUnaligned(as: SIMD16<Float>.self)
  }

  /// `count` (below 16) floats from `offset` on, `filler` in the other lanes.
  @inline(__always)
  func lanes16(_ offset: Int, count: Int, filler: Float) -> SIMD16<Float> {
    var lanes = SIMD16<Float>(repeating: filler)
    for lane in 0..<count { lanes[lane] = self[offset + lane] }
    return lanes
  }
}

extension UnsafeMutablePointer<Float> {
  /// Writes sixteen floats from `offset` on; any alignment.
  @inline(__always)
  func store(_ lanes: SIMD16<Float>, _ offset: Int) {
    UnsafeMutableRawPointer(self + offset).storeBytes(of: lanes, as: SIMD16<Float>.self)
  }

  /// Writes the first `count` (below 16) lanes from `offset` on.
  @inline(__always)
  func store(_ lanes: SIMD16<Float>, _ offset: Int, count: Int) {
    for lane in 0..<count { self[offset + lane] = lanes[lane] }
  }
}

extension SIMD16<Float> {
  /// The sum of the lanes as a tree of halves, in this order on every CPU.
  @inline(__always)
  var treeSum: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// The greatest lane; NaN lanes are passed over.
  @inline(__always)
  var greatest: Float {
    let eight = greater(lowHalf, highHalf)
    let four = greater(eight.lowHalf, eight.highHalf)
    let two = greater(four.lowHalf, four.highHalf)
    return two.x > two.y ? two.x : two.y
  }
}

// Maxima of concrete types only: a generic comparison, the standard library's pointwiseMax among them, goes through
// the lanes one by one, and took longer than all the rest of attention.

/// `b` in the lanes where it is greater than `a`, `a` elsewhere: a comparison and a blend.
@inline(__always)
func greater(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
  a.replacing(with: b, where: b .> a)
}

/// `b` in the lanes where it is greater than `a`, `a` elsewhere.
@inline(__always)
func greater(_ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float> {
  a.replacing(with: b, where: b .> a)
}

/// `b` in the lanes where it is greater than `a`, `a` elsewhere.
@inline(__always)
func greater(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
  a.replacing(with: b, where: b .> a)
}

/// `b` in the lanes where it is greater than `a`, `a` elsewhere.
@inline(__always)
func greater(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> SIMD2<Float> {
  a.replacing(with: b, where: b .> a)
}
