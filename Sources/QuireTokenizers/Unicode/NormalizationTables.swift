import QuireExpressions

/// Canonical decompositions, compositions and combining classes, built once from ``NormalizationData``.
struct NormalizationTables: Sendable {
  /// The tables of the oracle's Unicode version.
  static let shared = NormalizationTables()

  private(set) var decompositions: [UInt32: [UInt32]] = [:]
  private var compositions: [UInt64: UInt32] = [:]
  private var combiningClasses: [UInt32: UInt8] = [:]

  private init() {
    var composites: [(scalar: UInt32, parts: [UInt32])] = []
    var numbers = PackedNumbers(NormalizationData.decompositions)
    var scalar: UInt32 = 0
    while let distance = numbers.next(), let form = numbers.next() {
      scalar += distance
      let parts = (0..<form / 2).compactMap { _ in numbers.next() }
      decompositions[scalar] = parts
      if form & 1 != 0 { composites.append((scalar, parts)) }
    }
    // A composite of n parts joins the composite of the first n - 1 with the last.
    composites.sort { $0.parts.count < $1.parts.count }
    for composite in composites {
      var first = composite.parts[0]
      for part in composite.parts[1..<(composite.parts.count - 1)] {
        first = compositions[Self.pair(first, part)] ?? first
      }
      compositions[Self.pair(first, composite.parts[composite.parts.count - 1])] = composite.scalar
    }
    numbers = PackedNumbers(NormalizationData.combiningClassRuns)
    var first: UInt32 = 0
    while let distance = numbers.next(), let combiningClass = numbers.next(), let count = numbers.next() {
      first += distance
      for scalar in first..<first + count {
        combiningClasses[scalar] = UInt8(truncatingIfNeeded: combiningClass)
      }
    }
  }

  /// The canonical combining class, 0 for starters.
  func combiningClass(_ scalar: UInt32) -> UInt8 {
    scalar < 0x300 ? 0 : combiningClasses[scalar] ?? 0
  }

  /// The primary composite of two scalars, Hangul included, or nil.
  func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if (0xAC00..<0xD7A4).contains(first), (first - 0xAC00) % 28 == 0, (0x11A8..<0x11C3).contains(second) {
      return first + second - 0x11A7
    }
    return compositions[Self.pair(first, second)]
  }

  private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }
}
