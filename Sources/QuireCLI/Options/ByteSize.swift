/// A number of bytes on the command line: digits, alone or with `KiB`, `MiB` or `GiB`.
struct ByteSize: Equatable {
  let byteCount: Int

  /// Nil where the text is no such number, or one that does not fit 64 bits.
  init?(argument: String) {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)]
    let unit = units.first { argument.hasSuffix($0.0) }
    let digits = argument.dropLast(unit?.0.count ?? 0)
    guard let count = Int(digits), count > 0 else { return nil }
    let (byteCount, overflow) = count.multipliedReportingOverflow(by: 1 << (unit?.1 ?? 0))
    guard !overflow else { return nil }
    self.byteCount = byteCount
  }

  /// Bytes in the largest binary unit that leaves at least 1, with one decimal.
  static func text(_ byteCount: Int) -> String {
    let shift = [30, 20].first { byteCount >= 1 << $0 } ?? 10
    let tenths = (byteCount >> (shift - 4)) * 10 / 16
    return "\(tenths / 10).\(tenths % 10) \([30: "GiB", 20: "MiB"][shift] ?? "KiB")"
  }
}
