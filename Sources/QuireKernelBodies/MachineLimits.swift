// Loops of nothing but one kind of work on registers: what a kernel could reach at most.

/// Multiplies and adds bytes `repetitions` times in 14 independent chains: 14 * 8 * laneCount operations each time.
///
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func dotChains<I: ISA>(_ isa: I.Type, _ bytes: UnsafeRawPointer, repetitions: Int) -> Float {
  let weights = I.signed(I.bytes(at: bytes))
  var sums = InlineArray<14, I.Integers>(repeating: I.startSigned(0))
  for _ in 0..<repetitions {
    let activations = bytes.word(128)
    unrolled(14) { sums[$0] = I.dotSigned(sums[$0], weights, activations) }
  }
  var total = I.splat(0)
  unrolled(14) { total = I.multiplyAdd(I.floats(sums[$0]), I.splat(1), total) }
  var lanes = InlineArray<32, Float>(repeating: 0)
  var span = lanes.mutableSpan
  span.withUnsafeMutableBufferPointer { I.store(total, to: $0.baseAddress!) }
  return lanes[0]
}

/// Multiplies and adds fp32 numbers `repetitions` times in 14 independent chains: 14 * 2 * laneCount operations each time.
///
/// - Returns: a number that depends on all of it.
@inlinable @inline(__always)
public func multiplyAddChains<I: ISA>(_ isa: I.Type, _ numbers: UnsafeRawPointer, repetitions: Int) -> Float {
  let factor = I.floats(at: numbers)
  var sums = InlineArray<14, I.Floats>(repeating: I.splat(0))
  for _ in 0..<repetitions {
    unrolled(14) { sums[$0] = I.multiplyAdd(sums[$0], factor, factor) }
  }
  var total = I.splat(0)
  unrolled(14) { total = I.multiplyAdd(sums[$0], factor, total) }
  var lanes = InlineArray<32, Float>(repeating: 0)
  var span = lanes.mutableSpan
  span.withUnsafeMutableBufferPointer { I.store(total, to: $0.baseAddress!) }
  return lanes[0]
}
