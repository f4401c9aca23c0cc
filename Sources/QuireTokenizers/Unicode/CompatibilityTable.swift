import QuireExpressions

/// Compatibility decompositions and combining marks, built once from ``CompatibilityData``.
struct CompatibilityTable: Sendable {
  /// The table of the oracle's Unicode version.
  static let shared = CompatibilityTable()

  /// The full decomposition of each scalar whose form KD is not its form D.
  let decompositions: [UInt32: [UInt32]]
  /// The scalars that the normalizer StripAccents takes away.
  let combiningMarks: Set<UInt32>

  private init() {
    var decompositions: [UInt32: [UInt32]] = [:]
    var numbers = PackedNumbers(CompatibilityData.decompositions)
    var scalar: UInt32 = 0
    while let distance = numbers.next(), let partCount = numbers.next() {
      scalar += distance
      decompositions[scalar] = (0..<partCount).compactMap { _ in numbers.next() }
    }
    self.decompositions = decompositions
    numbers = PackedNumbers(CompatibilityData.combiningMarkRuns)
    var marks: Set<UInt32> = []
    var first: UInt32 = 0
    while let distance = numbers.next(), let count = numbers.next() {
      first += distance
      marks.formUnion(first..<first + count)
    }
    combiningMarks = marks
  }
}
