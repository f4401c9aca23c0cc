import QuireBatch
import QuireJSON
import QuireOpenAI
import QuirePlatform

/// The lines of a batch that ended before they were answered: each has a line in the error file, as OpenAI's batches have
/// it.
///
/// Memory: 16 bytes a line of the input, and one line.
struct UnansweredLines {
  /// Why lines are not answered.
  enum Reason: String {
    case expired = "batch_expired"
    case cancelled = "batch_cancelled"

    /// The reason of a batch that ends so; nil where no line of it is left out.
    init?(_ status: StoredBatch.Status) {
      switch status {
      case .expired: self = .expired
      case .cancelled: self = .cancelled
      case .validating, .failed, .inProgress, .finalizing, .completed, .cancelling: return nil
      }
    }

    /// The reason in one sentence.
    var message: String {
      switch self {
      case .expired: "The batch's completion window was over before this request was carried out."
      case .cancelled: "The batch was cancelled before this request was carried out."
      }
    }
  }

  /// Bytes of lines that are written together.
  private static let pieceByteCount = 1 << 18

  /// The lines of the batch.
  let input: String
  /// Its answers, whole lines; need not be there.
  let output: String
  /// Its error lines, whole ones; need not be there.
  let errors: String

  /// Adds a line to the error file for each line of the input that neither file has. Where that fails or is interrupted, the
  /// file has whole lines, and the same call goes on.
  ///
  /// - Returns: the lines of input, output and error file; nil where it was interrupted.
  func add(
    _ reason: Reason, _ calls: any FileSystemCalls, isInterrupted: () -> Bool
  ) throws -> (total: Int, completed: Int, failed: Int)? {
    var known = LineKeyTable()
    var counts = (total: 0, completed: 0, failed: 0)
    guard
      try forEachLine(
        of: output, isInterrupted,
        { line in
          counts.completed += 1
          if let id = Self.id(of: line) { _ = known.insert(id.tableKey, number: 1) }
        }),
      try forEachLine(
        of: errors, isInterrupted,
        { line in
          counts.failed += 1
          if let id = Self.id(of: line) { _ = known.insert(id.tableKey, number: 1) }
        })
    else { return nil }
    let file = try AppendFile(errors, calls)
    var piece: [UInt8] = []
    func write() throws {
      guard !piece.isEmpty else { return }
      try file.append(piece)
      piece.removeAll(keepingCapacity: true)
    }
    let isWhole = try forEachLine(of: input, isInterrupted) { line in
      counts.total += 1
      guard let id = Self.id(of: line), known.insert(id.tableKey, number: 1) == nil else { return }
      piece += BatchEnvelope.unanswered(line, id, code: reason.rawValue, reason.message)
      counts.failed += 1
      if piece.count >= Self.pieceByteCount { try write() }
    }
    try write()
    guard isWhole else { return nil }
    try file.synchronize()
    return counts
  }

  /// Hands each line of a file to `take`; false where it was interrupted. A file that is not there has none.
  private func forEachLine(
    of path: String, _ isInterrupted: () -> Bool, _ take: (InputLine) throws -> Void
  ) throws -> Bool {
    guard FileIdentity(path: path) != nil else { return true }
    let file = try InputFile(path: path)
    defer { withExtendedLifetime(file) {} }
    // Answers may be longer than lines that are asked.
    let reader = LineReader(descriptor: file.descriptor, name: path, lineByteLimit: 1 << 40)
    while !isInterrupted() {
      switch try reader.next(waitMilliseconds: -1) {
      case .line(let line): try take(line)
      case .notReady: continue
      case .end: return true
      }
    }
    return false
  }

  /// The id of a line that has one.
  private static func id(of line: InputLine) -> LineID? {
    guard let members = try? LineFraming.object(in: line).members(),
      let field = members.first(where: { $0.key == "custom_id" })
    else { return nil }
    return try? LineID(field.value, path: field.key)
  }
}
