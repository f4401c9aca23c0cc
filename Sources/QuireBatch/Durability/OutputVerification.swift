import QuirePlatform

/// Compares the lines of an output with its ledger, and the ledger with the root of the Merkle tree in its manifest.
///
/// Memory: half a byte a line, and what is told. A line that was changed, taken out or put in is one difference; lines
/// behind it are found again.
package struct OutputVerification {
  /// What was found.
  package struct Report: Equatable, Sendable {
    /// Lines that were written.
    package var lineCount = 0
    /// Lines that are not what was written.
    package var differences = AnswerDifferences()
    /// The root over the ledger's lines, 64 hexadecimal digits.
    package var root = ""
    /// The root that the manifest states.
    package var expectedRoot = ""

    /// Whether nothing differs.
    package var isWhole: Bool { differences.count == 0 && root == expectedRoot }
  }

  private let file: AnsweredFile

  /// The verification of a file.
  package init(_ file: AnsweredFile) { self.file = file }

  /// Reads the output and its ledger to their ends, or until `isInterrupted`, which gives nil.
  ///
  /// Throws ``JobError`` where they cannot be read.
  package func run(isInterrupted: () -> Bool) throws(JobError) -> Report? {
    var report = Report()
    report.lineCount = file.ledger.recordCount
    report.expectedRoot = file.completion.merkleRoot
    let isWhole = try file.reading { () throws(SystemError) in
      try compareLines(&report.differences, isInterrupted)
    }
    guard isWhole else { return nil }
    var root = MerkleRoot()
    try file.reading { () throws(SystemError) in
      try LedgerOrder(file.ledger, nil).forEach { record, _ in root.add(record.digest) }
    }
    report.root = root.digest.hexadecimal
    return report
  }

  private func compareLines(
    _ differences: inout AnswerDifferences, _ isInterrupted: () -> Bool
  ) throws(SystemError) -> Bool {
    let output = file.output
    var (offset, lineNumber, number) = (0, 1, 0)
    func holds(_ record: LineRecord?) throws(SystemError) -> Bool {
      guard let record else { return false }
      return try output.holdsLine(at: offset, byteCount: record.byteCount, digest: record.digest)
    }
    while number < file.ledger.recordCount {
      guard !isInterrupted() else { return false }
      let record = try file.ledger.record(number)
      number += 1
      if let record, try holds(record) {
        offset += record.byteCount
        lineNumber += 1
        continue
      }
      // A record whose check fails tells of no line, and none of the output's is known to be its answer.
      let next = number < file.ledger.recordCount ? try file.ledger.record(number) : nil
      let isGone = try holds(next) || offset == output.byteCount
      differences.add(
        AnswerDifference(kind: isGone ? .missing : .changed, lineNumber: lineNumber, index: record?.index))
      guard !isGone else { continue }
      offset = try output.end(ofLineAt: offset)
      lineNumber += 1
      // The line stood before the one that it seemed to replace.
      if try holds(record), let record {
        differences.retypeLastAsAdded()
        offset += record.byteCount
        lineNumber += 1
      }
    }
    while offset < output.byteCount {
      guard !isInterrupted() else { return false }
      differences.add(AnswerDifference(kind: .added, lineNumber: lineNumber, index: nil))
      offset = try output.end(ofLineAt: offset)
      lineNumber += 1
    }
    return true
  }
}
