// Loops of nothing but one kind of work on registers: what a kernel could reach at most.

/// The size of the loops.
public enum LimitChains {
  /// Independent sums of vectors of `laneCount` rows: where a vector is two registers eight, where it is one twelve. With a
  /// factor these fit the sixteen registers of AVX2, and both are more than two units with a latency of five cycles keep
  /// busy.
  @inlinable @inline(__always)
  public static func count(laneCount: Int) -> Int { laneCount > 16 ? 8 : 12 }
  /// Vectors of weights that a repetition reads, one after the other.
  public static var vectorCount: Int { 64 }
  /// Bytes of these weights, 64 apart, the last of up to 128 bytes: small beside a first-level cache, and too much for registers, so that no product can be taken
  /// out of the loop.
  public static var byteCount: Int { vectorCount * 64 + 64 }
}

/// Multiplies and adds bytes: `LimitChains.count(laneCount:) * vectorCount * 8 * laneCount` operations each time, by the
/// instructions for nibbles, of which no byte product takes fewer.
///
/// - Parameter bytes: `LimitChains.byteCount` of them, 0...15.
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func dotChains<I: ISA>(_ isa: I.Type, _ bytes: UnsafeRawPointer, repetitions: Int) -> Float {
  var sums = InlineArray<12, I.NibbleSums>(repeating: I.startNibbles(0))
  for _ in 0..<repetitions {
    for vector in 0..<LimitChains.vectorCount {
      let weights = I.bytes(at: bytes + vector * 64)
      unrolled(LimitChains.count(laneCount: I.laneCount)) {
        sums[$0] = I.dotNibbles(sums[$0], weights, bytes.word(4 * $0))
      }
    }
  }
  var total = I.splat(0)
  unrolled(LimitChains.count(laneCount: I.laneCount)) {
    total = I.multiplyAdd(I.floats(I.finish(sums[$0], 0)), I.splat(1), total)
  }
  return outerLanes(isa, total)
}

/// Multiplies and adds fp32 numbers: `LimitChains.count(laneCount:) * vectorCount * 2 * laneCount` operations each time.
///
/// - Parameter numbers: `LimitChains.byteCount` bytes; the first numbers, of which all is computed, are below 1.
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func multiplyAddChains<I: ISA>(_ isa: I.Type, _ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
  let factor = I.floats(at: numbers)
  var sums = InlineArray<12, I.Floats>(repeating: I.splat(0))
  for _ in 0..<repetitions * LimitChains.vectorCount {
    unrolled(LimitChains.count(laneCount: I.laneCount)) { sums[$0] = I.multiplyAdd(sums[$0], factor, factor) }
  }
  var total = I.splat(0)
  unrolled(LimitChains.count(laneCount: I.laneCount)) { total = I.multiplyAdd(sums[$0], factor, total) }
  return outerLanes(isa, total)
}

/// Multiplies and adds pairs of bfloat16 numbers: `LimitChains.count(laneCount:) * vectorCount * 4 * laneCount` operations each time.
///
/// - Parameter numbers: `LimitChains.byteCount` bytes; numbers below 1, so that sums stay finite.
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func bfloatChains<I: BFloatISA>(_ isa: I.Type, _ numbers: UnsafeRawPointer, repetitions: Int) -> Float
{
  var sums = InlineArray<12, I.Floats>(repeating: I.splat(0))
  for _ in 0..<repetitions {
    for vector in 0..<LimitChains.vectorCount {
      let weights = I.pairs(at: numbers + vector * 64)
      unrolled(LimitChains.count(laneCount: I.laneCount)) {
        sums[$0] = I.addProducts(sums[$0], weights, numbers.word(4 * $0))
      }
    }
  }
  var total: Float = 0
  unrolled(LimitChains.count(laneCount: I.laneCount)) { total += outerLanes(isa, sums[$0]) }
  return total
}

/// The first lane plus the last: where a vector is two registers, the work of neither can be left out.
@inlinable @inline(__always)
func outerLanes<I: SumVectors>(_ isa: I.Type, _ values: I.Floats) -> Float {
  var lanes = InlineArray<32, Float>(repeating: 0)
  var span = lanes.mutableSpan
  span.withUnsafeMutableBufferPointer { I.store(values, to: $0.baseAddress!) }
  return lanes[0] + lanes[I.laneCount - 1]
}
