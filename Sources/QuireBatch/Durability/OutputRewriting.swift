import QuirePlatform

/// Ends a complete job's output: brings it up to date with the input as it is now, and sums it up.
///
/// Lines of earlier runs whose input lines are gone leave the output, those that moved get their new `index`, and an
/// ordered output gets its order back where runs were interrupted. All that is done in new files, which then take the
/// places of the old ones: first the output, then the file of error lines where there is one, then the ledger. A death in
/// between is seen by the ledger that waits without an output (``DurableOutput/settleRewriting(_:_:)``).
struct OutputRewriting {
  /// What a complete output amounts to.
  struct Summary {
    var counts = LineCounts()
    var root = MerkleRoot()
  }

  private static let pieceByteCount = 1 << 20

  let paths: JobFilePaths
  let calls: any FileSystemCalls
  let ledger: LineLedger
  let resumption: Resumption?
  let isOrdered: Bool
  let jobDigest: SIMD8<UInt32>

  private var order: LedgerOrder { LedgerOrder(ledger, resumption) }

  /// Whether the output is not what an uninterrupted run would have written.
  func isNeeded() throws(SystemError) -> Bool {
    guard resumption != nil else { return false }
    var isNeeded = false
    var lastPlace = 0
    try ledger.forEachRecord(reading: { $0 }) { number, record throws(SystemError) in
      guard let record else { return true }
      let place = order.place(of: record, number: number)
      isNeeded = place != record.index + 1 || isOrdered && place < lastPlace
      lastPlace = place
      return !isNeeded
    }
    return isNeeded
  }

  /// Sums up an output that stands as it should.
  func summary() throws(SystemError) -> Summary { try summary(of: paths.lines, order) }

  private func summary(
    of paths: OutputPair<String>, _ order: LedgerOrder
  ) throws(SystemError) -> Summary {
    let files = try readers(paths)
    var summary = Summary()
    try order.forEach { record, _ throws(SystemError) in
      summary.root.add(record.digest)
      summary.counts.add(try OutputScan.outcome(of: record, in: files))
    }
    return summary
  }

  private func readers(_ paths: OutputPair<String>) throws(SystemError) -> OutputPair<OutputReader> {
    try paths.map { path throws(SystemError) in try OutputReader(path, calls) }
  }

  /// Writes the files of lines and their ledger anew.
  ///
  /// - Returns: the new files, held; what they amount to.
  func run() throws(SystemError) -> (files: OutputPair<AppendFile>, summary: Summary) {
    let old = try readers(paths.lines)
    // In this order, so that a ledger without an output beside it means that the output has taken its place.
    for path in [paths.nextLedger] + paths.next.all { try calls.removeFile(path) }
    let files = try paths.next.map { path throws(SystemError) in try AppendFile(path, calls) }
    for (file, path) in zip(files.all, paths.lines.all) { try file.takeMode(of: path) }
    let newLedger = try LineLedger(paths.nextLedger, calls)
    try newLedger.begin(jobDigest: jobDigest)

    var lines: OutputPair<[UInt8]> = files.map { _ in [] }
    var records: [LineRecord] = []
    func flush() throws(SystemError) {
      for (file, lines) in zip(files.all, lines.all) { try file.append(lines) }
      try newLedger.append(records)
      lines = files.map { _ in [] }
      records.removeAll(keepingCapacity: true)
    }
    func add(_ record: LineRecord, place: Int) throws(SystemError) {
      var record = record
      var line = try old[isError: record.isError].bytes(at: record.offset, count: record.byteCount)
      if record.index != place - 1 {
        line = AnsweredLine(bytes: line).moved(to: place - 1)
        record.index = place - 1
        record.byteCount = line.count
        record.digest = LineRecord.digest(of: line)
      }
      record.offset = files[isError: record.isError].byteCount + lines[isError: record.isError].count
      lines[isError: record.isError] += line
      records.append(record)
      if lines[isError: record.isError].count >= Self.pieceByteCount { try flush() }
    }
    if isOrdered {
      try order.forEach { record, place throws(SystemError) in try add(record, place: place) }
    } else {
      try ledger.forEachRecord(reading: { $0 }) { number, record throws(SystemError) in
        guard let record else { return true }
        let place = order.place(of: record, number: number)
        if place > 0 { try add(record, place: place) }
        return true
      }
    }
    try flush()
    for file in files.all { try file.synchronize() }
    try newLedger.synchronize()
    try keepStaleAnswers(old.answers)

    let summary = try summary(of: paths.next, LedgerOrder(newLedger, nil))
    for (next, path) in zip(paths.next.all, paths.lines.all) { try calls.commit(next, as: path) }
    try calls.commit(paths.nextLedger, as: paths.ledger)
    return (files, summary)
  }

  /// Puts answers aside whose lines are no longer in the input; error lines that were made anew are not worth it. A death
  /// before the new files take their places lets the next run do so again, which adds none twice.
  private func keepStaleAnswers(_ old: OutputReader) throws(SystemError) {
    var stale: StaleAnswers?
    try ledger.forEachRecord(reading: { $0 }) { number, record throws(SystemError) in
      guard let record, !record.isError, order.place(of: record, number: number) == 0 else { return true }
      if stale == nil { stale = try StaleAnswers(paths.stale, calls) }
      try stale?.keep(try old.bytes(at: record.offset, count: record.byteCount))
      return true
    }
    try stale?.synchronize()
  }
}
