import QuireKernelBodies

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Kernels {
  /// Cosines and sines of rotary position embedding: angle = position × inverse frequency, in fp32 as
  /// Hugging Face transformers computes it.
  ///
  /// - Parameters:
  ///   - positions: absolute, from 0.
  ///   - inverseFrequencies: `[halfCount]`, radians a position.
  ///   - magnitude: what every cosine and sine is multiplied by, 1 for a rotation that keeps lengths.
  ///   - cosines, sines: `[positions × halfCount]`.
  ///
  /// Source: Su et al. 2021, "RoFormer", arXiv 2104.09864.
  package static func rotaryTables(
    positions: Range<Int>, inverseFrequencies: UnsafePointer<Float>, halfCount: Int, magnitude: Float = 1,
    cosines: UnsafeMutablePointer<Float>, sines: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<positions.count {
      let position = Float(positions.lowerBound + row)
      for index in 0..<halfCount {
        let angle = position * inverseFrequencies[index]
        cosines[row * halfCount + index] = cosf(angle) * magnitude
        sines[row * halfCount + index] = sinf(angle) * magnitude
      }
    }
  }

  /// Rotates the first 2 `halfCount` elements of `headCount` heads of one token in place, halves layout: element i turns
  /// with element i + halfCount.
  ///
  /// - Parameters:
  ///   - heads: rows of `headStride`, at least 2 `halfCount`.
  ///   - cosines, sines: `[halfCount]` of the token's position.
  package static func applyRotary(
    _ heads: UnsafeMutablePointer<Float>, headCount: Int, headStride: Int, halfCount: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, instructionSet: InstructionSet = .current
  ) {
    let work = RotaryWork(
      heads: heads, headCount: headCount, headStride: headStride, halfCount: halfCount, cosines: cosines,
      sines: sines)
    withUnsafePointer(to: work) { work in instructionSet.withVectors { $0.rotate(work) } }
  }
}
