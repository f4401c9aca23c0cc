#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Kernels {
  /// Cosines and sines of rotary position embedding for a batch: angle = position × inverse frequency, in fp32 as
  /// Hugging Face transformers computes it.
  ///
  /// - Parameters:
  ///   - positions: `[tokenCount]`, absolute, from 0; any order.
  ///   - inverseFrequencies: `[halfCount]`, radians a position.
  ///   - cosines, sines: `[tokenCount × halfCount]`.
  ///
  /// Source: Su et al. 2021, "RoFormer", arXiv 2104.09864.
  package static func rotaryTables(
    positions: UnsafePointer<Int32>, tokenCount: Int, inverseFrequencies: UnsafePointer<Float>,
    halfCount: Int,
    cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>
  ) {
    for token in 0..<tokenCount {
      let position = Float(positions[token])
      for index in 0..<halfCount {
        let angle = position * inverseFrequencies[index]
        cosines[token * halfCount + index] = cosf(angle)
        sines[token * halfCount + index] = sinf(angle)
      }
    }
  }

  /// Rotates `headCount` heads of one token in place, halves layout: element i turns with element i + halfCount.
  ///
  /// - Parameters:
  ///   - heads: `[headCount × 2 halfCount]`.
  ///   - cosines, sines: `[halfCount]` of the token's position.
  package static func applyRotary(
    _ heads: UnsafeMutablePointer<Float>, headCount: Int, halfCount: Int, cosines: UnsafePointer<Float>,
    sines: UnsafePointer<Float>
  ) {
    for head in 0..<headCount {
      let first = heads + head * 2 * halfCount
      let second = first + halfCount
      var index = 0
      while index + 8 <= halfCount {
        let a = UnsafePointer(first).lanes8(index)
        let b = UnsafePointer(second).lanes8(index)
        let cosine = cosines.lanes8(index)
        let sine = sines.lanes8(index)
        first.store(a * cosine - b * sine, index)
        second.store(b * cosine + a * sine, index)
        index += 8
      }
      while index < halfCount {
        let a = first[index]
        let b = second[index]
        first[index] = a * cosines[index] - b * sines[index]
        second[index] = b * cosines[index] + a * sines[index]
        index += 1
      }
    }
  }
}
