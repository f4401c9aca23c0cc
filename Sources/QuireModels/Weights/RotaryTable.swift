import QuireKernels
import QuirePlatform

/// One rotary embedding of a model.
struct RotaryParameters: Sendable {
  /// `[halfCount]`, radians a position.
  let inverseFrequencies: VectorParameter
  /// What queries and keys are multiplied by as they are turned.
  let magnitude: Float

  /// Pairs of elements of a head that are turned.
  var halfCount: Int { inverseFrequencies.count }
}

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

  /// Makes sure that positions `0..<count` are there; always with the same parameters.
  func prepare(positionCount count: Int, _ rotary: RotaryParameters, on team: ThreadTeam) {
    let halfCount = rotary.halfCount
    guard count > positionCount else { return }
    if count > capacity { grow(to: max(count, 2 * capacity, 256), halfCount: halfCount) }
    let start = positionCount
    let cosines = cosines.pointer + start * halfCount
    let sines = sines.pointer + start * halfCount
    // A cosine and a sine cost some 30 elements' worth of plain arithmetic.
    team.forRows(count - start, workPerRow: 30 * halfCount) { range in
      Kernels.rotaryTables(
        positions: start + range.lowerBound..<start + range.upperBound,
        inverseFrequencies: rotary.inverseFrequencies.pointer, halfCount: halfCount,
        magnitude: rotary.magnitude, cosines: cosines + range.lowerBound * halfCount,
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
