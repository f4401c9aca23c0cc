/// Compatibility decompositions and combining marks, built once from ``CompatibilityData``.
struct CompatibilityTable: Sendable {
  /// The table of the oracle's Unicode version.
  static let shared = CompatibilityTable()

  /// The full decomposition of each scalar whose form KD is not its form D.
  let decompositions: [UInt32: [UInt32]]
  /// The scalars that the normalizer StripAccents takes away.
  let combiningMarks: Set<UInt32>

  private init() {
    let data = CompatibilityData.decompositions
    var decompositions: [UInt32: [UInt32]] = [:]
    var index = 0
    while index < data.count {
      let partCount = Int(data[index] & 0xFF)
      decompositions[data[index] >> 8] = Array(data[(index + 1)...(index + partCount)])
      index += 1 + partCount
    }
    self.decompositions = decompositions
    let runs = CompatibilityData.combiningMarkRuns
    var marks: Set<UInt32> = []
    for index in stride(from: 0, to: runs.count, by: 2) {
      marks.formUnion(runs[index]..<(runs[index] + runs[index + 1]))
    }
    combiningMarks = marks
  }
}
