import QuirePlatform

/// Reproducible numbers and comparisons for kernel tests.
struct Numbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2 &+ 1 }

  /// Uniform in [-1, 1).
  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 40) - (1 << 23)) / Float(1 << 23)
  }

  mutating func array(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in next() * scale }
  }
}

/// The greatest of |a - b| / (1 + |b|); infinite for NaN or unequal counts.
func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  var worst: Float = 0
  for (x, y) in zip(a, b) {
    let difference = abs(x - y) / (1 + abs(y))
    worst = difference.isNaN ? .infinity : max(worst, difference)
  }
  return worst
}

/// `values` copied to an address that is `misalignment` floats past a 64-byte boundary, lent to `body`.
func withMisaligned<R>(
  _ values: [Float], by misalignment: Int, _ body: (UnsafeMutablePointer<Float>) -> R
) -> R {
  let buffer = AlignedBuffer<Float>(count: values.count + misalignment)
  let start = buffer.pointer + misalignment
  for (index, value) in values.enumerated() { start[index] = value }
  return body(start)
}

/// The first `count` floats at `pointer`.
func floats(_ pointer: UnsafePointer<Float>, _ count: Int) -> [Float] {
  Array(UnsafeBufferPointer(start: pointer, count: count))
}

/// Lengths around the widths of vectors.
let oddCounts = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 577]
