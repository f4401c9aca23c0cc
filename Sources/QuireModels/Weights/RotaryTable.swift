import QuireKernels
import QuirePlatform

/// One rotary embedding of a model.
struct RotaryParameters: Sendable {
  /// `[halfCount]`, radians a position.
  let inverseFrequencies: VectorParameter
  /// What queries and keys are multiplied by as they are turned.
  let magnitude: Float
  /// What they follow from.
  let plan: RotaryPlan

  /// Pairs of elements of a head that are turned.
  var halfCount: Int { inverseFrequencies.count }
}

/// Cosines and sines of rotary position embedding: for positions from 0 on, computed once and kept, as many as the longest
/// sequence so far has; or, where the base depends on the text, for each of a step's tokens.
final class RotaryTable {
  private var cosines = AlignedBuffer<Float>(count: 0)
  private var sines = AlignedBuffer<Float>(count: 0)
  private var positionCount = 0
  private var capacity = 0

  /// Whether there is a row a token of the step; else one a position.
  private(set) var hasRowPerToken = false

  /// `[positions × D / 2]` or `[tokens × D / 2]` each, valid until the next `prepare`.
  var pointers: (cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>) {
    (UnsafePointer(cosines.pointer), UnsafePointer(sines.pointer))
  }

  /// Makes sure that the rows of a step's tokens are there; always with the same parameters.
  func prepare(_ batch: ModelBatch, _ rotary: RotaryParameters, on team: ThreadTeam) {
    if let dynamic = rotary.plan.dynamicScaling {
      prepare(batch, rotary, dynamic, on: team)
    } else {
      prepare(positionCount: 1 + Int(batch.positions.max() ?? 0), rotary, on: team)
    }
  }

  /// A row for each of the step's tokens.
  private func prepare(
    _ batch: ModelBatch, _ rotary: RotaryParameters, _ scaling: DynamicScaling, on team: ThreadTeam
  ) {
    hasRowPerToken = true
    let halfCount = rotary.halfCount
    if batch.tokenCount > capacity {
      grow(to: max(batch.tokenCount, 2 * capacity, 256), halfCount: halfCount)
    }
    let (cosines, sines) = (cosines.pointer, sines.pointer)
    // A token costs some 60 elements' worth of plain arithmetic a pair, its base included.
    team.forRows(batch.segments.count, workPerRow: 60 * halfCount) { range in
      for segment in batch.segments[range] {
        var (step, frequencies) = (0, rotary.inverseFrequencies)
        for place in 0..<segment.tokenCount {
          let position = segment.contextStart + place
          let next = scaling.step(promptTokenCount: segment.promptTokenCount, position: position)
          if next != step {
            step = next
            frequencies =
              step == 0
              ? rotary.inverseFrequencies
              : VectorParameter(RotaryFrequencies.inverse(rotary.plan, scaling, step: step))
          }
          let start = (segment.tokenStart + place) * halfCount
          Kernels.rotaryTables(
            positions: position..<position + 1, inverseFrequencies: frequencies.pointer, halfCount: halfCount,
            magnitude: rotary.magnitude, cosines: cosines + start, sines: sines + start)
        }
      }
    }
  }

  /// Makes sure that positions `0..<count` are there.
  private func prepare(positionCount count: Int, _ rotary: RotaryParameters, on team: ThreadTeam) {
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
