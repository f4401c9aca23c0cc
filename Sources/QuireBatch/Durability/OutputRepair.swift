import QuirePlatform
import QuireRequests

/// What puts in order what a death left of a job's files.
struct OutputRepair {
  private static let pieceByteCount = 1 << 20

  let paths: JobFilePaths
  let calls: any FileSystemCalls

  /// Ends the replacement of the files of lines and their ledger where a death came between: forward where the output has
  /// been replaced, backward where it has not. To be called before the file of error lines is opened.
  ///
  /// - Parameter isBegun: whether there are lines in the output.
  /// - Throws: ``JobError`` of kind `cannotResume` where error lines stand elsewhere than this run says.
  func settle(isBegun: Bool, overwrites: Bool) throws(JobError) {
    let ledgerWaits = FileIdentity(path: paths.nextLedger) != nil
    // Which files belong together is known from the manifest alone.
    if !overwrites, let manifest = try? JobManifest.read(paths.manifest, calls) {
      try checkErrorFile(of: manifest, isBegun: isBegun || ledgerWaits)
    }
    try JobError.reading(paths.nextLedger) { () throws(SystemError) in
      let outputWaits = FileIdentity(path: paths.next.answers) != nil
      if ledgerWaits, !outputWaits {
        if let next = paths.next.errors, let path = paths.lines.errors, FileIdentity(path: next) != nil {
          try calls.commit(next, as: path)
        }
        return try calls.commit(paths.nextLedger, as: paths.ledger)
      }
      // The ledger first, as long as there is an output that tells what it is.
      for path in [paths.nextLedger] + paths.next.all where FileIdentity(path: path) != nil {
        try calls.removeFile(path)
      }
    }
  }

  private func checkErrorFile(of manifest: JobManifest, isBegun: Bool) throws(JobError) {
    let hadFile = manifest.identity.separatesErrors
    // Of what was written with one, the output alone says nothing.
    guard isBegun || hadFile && hasRecords else { return }
    if hadFile, isBegun, let path = paths.lines.errors, FileIdentity(path: path) == nil, hasRecords {
      throw .cannotResume(
        "\(path) is missing, where the error lines beside \(paths.output) were; bring it back, or add "
          + "\(option: .overwrite) to start again")
    }
    guard hadFile != (paths.lines.errors != nil) else { return }
    throw .cannotResume(
      "the output \(paths.output) was begun \(hadFile ? "with" : "without") \(option: .errorFile), and this run has "
        + "\(hadFile ? "none" : "one"); give the same again, or add \(option: .overwrite) to start again")
  }

  private var hasRecords: Bool {
    let ledger = try? OutputReader(paths.ledger, calls)
    return ledger.map { $0.byteCount > LineLedger.headByteCount } ?? false
  }

  /// What was found and is repaired, for people.
  ///
  /// - Parameters:
  ///   - files: of the lines, by the names that the user gave them.
  ///   - recordCount: of the ledger.
  func remarks(_ scan: OutputScan, _ files: OutputPair<OutputFile>, recordCount: Int) -> [String] {
    var remarks: [String] = []
    for ((file, good), torn) in zip(zip(files.all, scan.byteCounts.all), paths.torn.all)
    where file.byteCount > good {
      remarks.append(
        "the last \(file.byteCount - good) bytes of \(file.path) are no whole line and go to \(torn)")
    }
    let lostCount = recordCount - scan.recordCount
    if remarks.isEmpty, lostCount > 0 {
      remarks.append("\(lostCount) lines never reached \(files.answers.path) and are answered again")
    }
    return remarks
  }

  /// Copies what is behind the whole lines of a file to another one, before it is cut off; not again where a death came
  /// before the cut.
  func keepTorn(of path: String, from goodByteCount: Int, in tornPath: String) throws(SystemError) {
    let reader = try OutputReader(path, calls)
    let torn = try AppendFile(tornPath, calls)
    let pieces = stride(from: goodByteCount, to: reader.byteCount, by: Self.pieceByteCount).map { start in
      start..<min(start + Self.pieceByteCount, reader.byteCount)
    }
    let copied = torn.byteCount - (reader.byteCount - goodByteCount)
    var isThere = copied >= 0
    for piece in pieces where isThere {
      let copy = try torn.read(at: copied + piece.lowerBound - goodByteCount, count: piece.count)
      isThere = try copy == reader.bytes(at: piece.lowerBound, count: piece.count)
    }
    guard !isThere else { return }
    for piece in pieces { try torn.append(try reader.bytes(at: piece.lowerBound, count: piece.count)) }
    try torn.synchronize()
  }
}
