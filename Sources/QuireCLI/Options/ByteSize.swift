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
}
