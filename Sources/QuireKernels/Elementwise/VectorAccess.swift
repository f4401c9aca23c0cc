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
