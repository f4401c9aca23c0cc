/// Scalars that differ in case alone, as `(?i:)` takes them. Foldings of one scalar to several (ß to ss) are left out.
enum CaseFolding {
  /// The set and all that differs from its members in case alone. Linear in the tables, about 1,500 sets.
  static func closure(of set: ScalarSet) -> ScalarSet {
    var added: [ClosedRange<UInt32>] = []
    for members in classes where members.contains(where: { set.contains($0) }) {
      added += members.map { $0...$0 }
    }
    return added.isEmpty ? set : ScalarSet(set.ranges + added)
  }

  private static let classes: [[UInt32]] = {
    var classes: [[UInt32]] = []
    let pairs = CaseFoldingRuns.pairs
    for index in stride(from: 0, to: pairs.count, by: 4) {
      for member in 0..<pairs[index + 1] {
        let low = pairs[index] + member * pairs[index + 2]
        classes.append([low, low + pairs[index + 3]])
      }
    }
    let larger = CaseFoldingRuns.larger
    var index = 0
    while index < larger.count {
      let count = Int(larger[index])
      classes.append(Array(larger[index + 1...index + count]))
      index += count + 1
    }
    return classes
  }()
}
