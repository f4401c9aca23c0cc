import QuireKernels
import QuirePlatform

/// Cosines and sines of rotary position embedding for positions from 0 on, computed once and kept: as many as the
/// longest sequence so far has.
final class RotaryTable {
  private var cosines = AlignedBuffer<Float>(count: 0)
  private var sines = AlignedBuffer<Float>(count: 0)
  private var positionCount = 0
  private var capacity = 0

  /// `[positions × D / 2]` each, valid until the next `prepare`.
  var pointers: (cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>) {
    (UnsafePointer(cosines.pointer), UnsafePointer(sines.pointer))
  }

  /// Makes sure that positions `0..<count` are there; always with the same frequencies.
  ///
  /// - Parameter inverseFrequencies: `[halfCount]`, radians a position.
  func prepare(
    positionCount count: Int, inverseFrequencies: UnsafePointer<Float>, halfCount: Int, on team: ThreadTeam
  ) {
    guard count > positionCount else { return }
    if count > capacity { grow(to: max(count, 2 * capacity, 256), halfCount: halfCount) }
    let start = positionCount
    let cosines = cosines.pointer + start * halfCount
    let sines = sines.pointer + start * halfCount
    // A cosine and a sine cost some 30 elements' worth of plain arithmetic.
    team.forRows(count - start, workPerRow: 30 * halfCount) { range in
      Kernels.rotaryTables(
        positions: start + range.lowerBound..<start + range.upperBound,
        inverseFrequencies: inverseFrequencies,
        halfCount: halfCount, cosines: cosines + range.lowerBound * halfCount,
        sines: sines + range.lowerBound * halfCount)
    }
    positionCount = count
  }

  private func grow(to newCapacity: Int, halfCount: Int) {
    let newCosines = AlignedBuffer<Float>(count: newCapacity * halfCount)
    let newSines = AlignedBuffer<Float>(count: newCapacity * halfCount)
    newCosines.pointer.update(from: cosines.pointer, count: positionCount * halfCount)
    newSines.pointer.update(from: sines.pointer, count: positionCount * halfCount)
    cosines = newCosines
    sines = newSines
    capacity = newCapacity
  }
}
