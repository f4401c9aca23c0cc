/// Where the answers of this process go in a shared job: to the files of the ranges that it has the leases of.
final class LeasedAnswers: LineSink {
  private let leases: RangeLeases
  private(set) var lineCount = 0

  init(_ leases: RangeLeases) { self.leases = leases }

  func begin() {}

  func write(_ line: FinishedLine) throws(IOError) {
    try leases.write(line)
    lineCount += 1
  }

  func finish(_ end: JobEnd) -> LineCounts? { nil }
}
