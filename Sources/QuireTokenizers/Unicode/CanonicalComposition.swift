/// Normalisation forms as the oracle's Unicode version has them (Unicode Standard Annex 15).
enum CanonicalComposition {
  /// Whether some scalar of `text` may change: it decomposes for good, combines with what stands before it, or can be reordered.
  static func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let scanner = TextScanner(text)
    var position = 0
    while position < scanner.count {
      if scanner.base[position] < 0x80 {
        position += 1
        continue
      }
      if scanner.scalarClass(at: position).isNormalizationActive { return true }
      position += scanner.scalarLength(at: position)
    }
    return false
  }

  /// The normalised text, UTF-8; O(n log n) at worst, in the length of a run of combining marks.
  ///
  /// - Parameters:
  ///   - isCompatible: whether compatibility characters are taken apart, too (forms KC and KD).
  ///   - composes: whether parts are put together again (forms C and KC).
  static func normalized(
    _ text: UnsafeBufferPointer<UInt8>, isCompatible: Bool = false, composes: Bool = true
  ) -> [UInt8] {
    let tables = NormalizationTables.shared
    var scalars = decomposed(
      TextScanner(text), tables, compatibility: isCompatible ? CompatibilityTable.shared : nil)
    reorder(&scalars)
    if composes { compose(&scalars, tables) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    for (value, _) in scalars {
      guard let scalar = Unicode.Scalar(value) else { continue }
      bytes.append(contentsOf: UTF8.encode(scalar)!)
    }
    return bytes
  }

  private typealias Classed = (value: UInt32, combiningClass: UInt8)

  private static func decomposed(
    _ scanner: TextScanner, _ tables: NormalizationTables, compatibility: CompatibilityTable?
  ) -> [Classed] {
    var scalars: [Classed] = []
    scalars.reserveCapacity(scanner.count)
    var position = 0
    while position < scanner.count {
      let scalar = scanner.scalar(at: position)
      position += scanner.scalarLength(at: position)
      if scalar < 0xA0 {
        scalars.append((scalar, 0))
      } else if let parts = compatibility?.decompositions[scalar] {
        for part in parts { scalars.append((part, tables.combiningClass(part))) }
      } else if (0xAC00..<0xD7A4).contains(scalar) {
        let index = scalar - 0xAC00
        scalars.append((0x1100 + index / 588, 0))
        scalars.append((0x1161 + index % 588 / 28, 0))
        if index % 28 != 0 { scalars.append((0x11A7 + index % 28, 0)) }
      } else if let parts = tables.decompositions[scalar] {
        for part in parts { scalars.append((part, tables.combiningClass(part))) }
      } else {
        scalars.append((scalar, tables.combiningClass(scalar)))
      }
    }
    return scalars
  }

  /// Sorts each run of marks by class, keeping the order of equals.
  private static func reorder(_ scalars: inout [Classed]) {
    var start = 0
    while start < scalars.count {
      if scalars[start].combiningClass == 0 {
        start += 1
        continue
      }
      var end = start + 1
      while end < scalars.count, scalars[end].combiningClass != 0 { end += 1 }
      if end - start > 1 {
        let ordered = scalars[start..<end].enumerated().sorted {
          ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset)
        }
        scalars.replaceSubrange(start..<end, with: ordered.map(\.element))
      }
      start = end
    }
  }

  /// Joins each scalar with the last starter before it, unless a mark of equal or higher class, or another starter, stands between.
  private static func compose(_ scalars: inout [Classed], _ tables: NormalizationTables) {
    var kept = 0
    var starter = -1
    for index in scalars.indices {
      let current = scalars[index]
      if starter >= 0 {
        let last = scalars[kept - 1]
        let isBlocked =
          kept - 1 > starter && (last.combiningClass == 0 || last.combiningClass >= current.combiningClass)
        if !isBlocked, let joined = tables.composite(scalars[starter].value, current.value) {
          scalars[starter].value = joined
          continue
        }
      }
      if current.combiningClass == 0 { starter = kept }
      scalars[kept] = current
      kept += 1
    }
    scalars.removeSubrange(kept...)
  }
}
