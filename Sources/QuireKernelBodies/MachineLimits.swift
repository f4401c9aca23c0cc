// Loops of nothing but one kind of work on registers: what a kernel could reach at most.

/// The size of the loops.
public enum LimitChains {
  /// Independent sums: with a factor twelve registers fit the sixteen of AVX2, and they are more than two units with a
  /// latency of five cycles keep busy.
  ///
  /// - Parameter laneCount: `ISA.laneCount`; 32 are two registers.
  @inlinable @inline(__always)
  public static func count(laneCount: Int) -> Int { laneCount == 32 ? 6 : 12 }
  /// Vectors of weights that a repetition reads, one after the other.
  public static var vectorCount: Int { 64 }
  /// Bytes of these weights, 64 apart, the last of up to 128 bytes: small beside a first-level cache, and too much for registers, so that no product can be taken
  /// out of the loop.
  public static var byteCount: Int { vectorCount * 64 + 64 }
}

/// Multiplies and adds bytes: `count * vectorCount * 8 * laneCount` operations each time, by the
/// instructions for nibbles, of which no byte product takes fewer.
///
/// - Parameter bytes: `LimitChains.byteCount` of them, 0...15.
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func dotChains<I: ISA>(_ isa: I.Type, _ bytes: UnsafeRawPointer, repetitions: Int) -> Float {
  let count = LimitChains.count(laneCount: I.laneCount)
  var sums = InlineArray<12, I.NibbleSums>(repeating: I.startNibbles(0))
  for _ in 0..<repetitions {
    for vector in 0..<LimitChains.vectorCount {
      let weights = I.bytes(at: bytes + vector * 64)
      unrolled(count) { sums[$0] = I.dotNibbles(sums[$0], weights, bytes.word(4 * $0)) }
    }
  }
  var total = I.splat(0)
  unrolled(count) {
    total = I.multiplyAdd(I.floats(I.finish(sums[$0], 0)), I.splat(1), total)
  }
  return sumOfLanes(isa, total)
}

/// Multiplies and adds fp32 numbers: `count * vectorCount * 2 * laneCount` operations each time.
///
/// - Parameter numbers: `LimitChains.byteCount` bytes; the first numbers, of which all is computed, are below 1.
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func multiplyAddChains<I: ISA>(_ isa: I.Type, _ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
  let factor = I.floats(at: numbers)
  let count = LimitChains.count(laneCount: I.laneCount)
  var sums = InlineArray<12, I.Floats>(repeating: I.splat(0))
  for _ in 0..<repetitions * LimitChains.vectorCount {
    unrolled(count) { sums[$0] = I.multiplyAdd(sums[$0], factor, factor) }
  }
  var total = I.splat(0)
  unrolled(count) { total = I.multiplyAdd(sums[$0], factor, total) }
  return sumOfLanes(isa, total)
}

@inlinable @inline(__always)
func sumOfLanes<I: ISA>(_ isa: I.Type, _ values: I.Floats) -> Float {
  var lanes = InlineArray<32, Float>(repeating: 0)
  var span = lanes.mutableSpan
  span.withUnsafeMutableBufferPointer { I.store(values, to: $0.baseAddress!) }
  // All lanes: a vector that nobody reads would not be computed.
  var sum: Float = 0
  for lane in 0..<I.laneCount { sum += lanes[lane] }
  return sum
}
