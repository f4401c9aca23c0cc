import ArgumentParser

/// A number of bytes on the command line: digits, alone or with `KiB`, `MiB` or `GiB`.
struct ByteSize: ExpressibleByArgument, Equatable {
  let byteCount: Int

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
