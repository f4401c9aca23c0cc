import QuirePlatform
import QuireRequests

/// Puts the shards of a job together: the output and the files beside it are those of one ordered run.
///
/// First is compared that the shards are of one job and one input and all there, and that their records are the input's
/// lines, each once; then, line by line, that each has the bytes that were written. A merge that fails there goes on once
/// the shard is whole again. Memory: a byte a line, and at least 8 MiB; the ledgers are read once for each eighth of the
/// places.
package struct ShardMerge {
  private let shards: [AnsweredFile]

  /// The shards of one job. Throws ``JobError`` of kind `inputUnusable` that names the file where they do not belong together.
  package init(_ shards: [AnsweredFile]) throws(JobError) {
    self.shards = shards
    guard let first = shards.first else {
      throw .inputUnusable("no shard is given; name the files of all of them")
    }
    var files: [Int: AnsweredFile] = [:]
    for file in shards {
      guard let shard = file.shard else {
        throw .inputUnusable("\(file.path) is no shard: its job had no \(option: .shardCount)")
      }
      if let difference = file.wholeIdentity.difference(from: first.wholeIdentity, name: file.path) {
        throw .inputUnusable("\(first.path) was answered \(difference); answer one of them again")
      }
      guard let count = first.shard?.count, count == shard.count else {
        throw .inputUnusable(
          "\(file.path) is one of \(shard.count) shards, and \(first.path) one of \(first.shard?.count ?? 0)")
      }
      if let other = files.updateValue(file, forKey: shard.number) {
        throw .inputUnusable(
          "\(other.path) and \(file.path) are both shard \(shard.number) of \(shard.count)")
      }
      if let input = file.completion.input, let other = first.completion.input, input != other {
        throw .inputUnusable(
          "\(file.path) was made of another input than \(first.path): of \(input.lineCount) lines and "
            + "\(other.lineCount), whose digests differ; run their commands again on one input")
      }
    }
    let count = first.shard?.count ?? 0
    if let missing = (0..<count).first(where: { files[$0] == nil }) {
      throw .inputUnusable("shard \(missing) of \(count) is missing; name its file, too")
    }
  }

  /// Which files are read, so that none of them becomes the output.
  package var identities: [FileIdentity] { shards.flatMap(\.identities) }

  /// The manifest of the merged output.
  package var manifest: JobManifest {
    JobManifest(
      version: shards[0].manifest.version, identity: shards[0].wholeIdentity,
      inputs: shards[0].manifest.inputs)
  }

  /// Lines with an answer, and with an error, of all shards.
  package var lineCounts: (answered: Int, failed: Int) {
    shards.reduce((0, 0)) {
      ($0.0 + $1.completion.answeredLineCount, $0.1 + $1.completion.errorLineCount)
    }
  }

  /// Compares records of all shards with each other, and with the lines that they were made of.
  ///
  /// - Parameter input: the input itself; nil takes the word of the manifests for it.
  /// - Returns: false where it was interrupted.
  /// - Throws: ``JobError`` of kind `inputUnusable` that names the shard and the line.
  package func check(against input: InputIdentities?, isInterrupted: () -> Bool) throws(JobError) -> Bool {
    for file in shards { try file.checkRecords() }
    let census = InputCensus()
    let isWhole = try forEachInOrder { file, number, record throws(JobError) in
      guard !isInterrupted() else { return false }
      census.add(record.content, index: record.index)
      if let input { try compare(record, number, of: file, with: try input.next()) }
      return true
    }
    guard isWhole else { return false }
    if let input {
      guard let next = try input.next() else { return true }
      throw unanswered(next)
    }
    guard let expected = shards[0].completion.input else {
      throw .inputUnusable(
        "the manifest of \(shards[0].path) does not tell of what input it was made; name that with \(option: .input)"
      )
    }
    let total = census.total
    guard total == expected else {
      throw .inputUnusable(
        total.lineCount == expected.lineCount
          ? "the shards answer other lines than those of the input that they were made of; answer them again"
          : "the shards answer \(total.lineCount) lines, and their input had \(expected.lineCount); answer them again"
      )
    }
    return true
  }

  private func compare(
    _ record: LineRecord, _ number: Int, of file: AnsweredFile, with line: InputIdentities.Line?
  ) throws(JobError) {
    if let line, line.index < record.index { throw unanswered(line) }
    guard let line, line.index == record.index else {
      throw .inputUnusable(
        "line \(number + 1) of \(file.path) answers line \(record.index + 1), which the input does not have; run the "
          + "command of that shard again")
    }
    guard line.identity.content == record.content else {
      throw .inputUnusable(
        "line \(number + 1) of \(file.path) answers line \(record.index + 1) of another input: this one's has other "
          + "content; run the command of that shard again")
    }
    guard file.shard?.holds(line.identity) ?? true else {
      throw .inputUnusable(
        "line \(number + 1) of \(file.path) answers line \(record.index + 1) of the input, which belongs to another shard; "
          + "answer the shards again")
    }
  }

  private func unanswered(_ line: InputIdentities.Line) -> JobError {
    let file = shards.first { $0.shard?.holds(line.identity) ?? false } ?? shards[0]
    return .inputUnusable(
      "line \(line.index + 1) of the input is not answered; it belongs into \(file.path), whose command has to run again"
    )
  }

  /// Writes the lines of all shards in the order of the input, once they are checked.
  ///
  /// - Parameters:
  ///   - output: adopted the manifest; lines that an interrupted merge wrote are compared and stay.
  ///   - isInterrupted: asked between lines.
  /// - Returns: whether the output is complete; false where the merge was interrupted.
  /// - Throws: ``JobError`` that names the shard and the line.
  package func run(into output: JobOutput, isInterrupted: () -> Bool) throws(JobError) -> Bool {
    let sink = output.sink
    try Self.writing { () throws(IOError) in try sink.begin() }
    let census = sink.census ?? InputCensus()
    let isWhole = try forEachInOrder { file, number, record throws(JobError) in
      guard !isInterrupted() else { return false }
      census.add(record.content, index: record.index)
      let line = try file.line(number, record)
      if try Self.isWritten(record, output.resumption) { return true }
      try Self.writing { () throws(IOError) in try sink.write(FinishedLine(line, record)) }
      return true
    }
    try Self.writing { () throws(IOError) in _ = try sink.finish(isWhole ? .complete : .interrupted) }
    return isWhole
  }

  private static func isWritten(_ record: LineRecord, _ resumption: Resumption?) throws(JobError) -> Bool {
    guard let resumption else { return false }
    let finding = try JobError.reading("the output") { () throws(SystemError) in
      try resumption.find(record.key, content: record.content, index: record.index)
    }
    switch finding {
    case .conflict(let index):
      throw .cannotResume(
        "the output answers other content than line \(record.index + 1) of the shards' input under the same id, in line "
          + "\(index + 1) then; add \(option: .overwrite) to start again")
    case .failed(let number, record.digest):
      resumption.keep(number, index: record.index)
      return true
    case .done: return true
    case .new, .again, .failed: return false
    }
  }

  private static func writing(_ body: () throws(IOError) -> Void) throws(JobError) {
    do throws(IOError) { try body() } catch { throw error.failure ?? JobError(error, "") }
  }

  /// Hands on each record with its file and its number there, in the order of the input; false where `body` ended that.
  ///
  /// Throws where two lines answer one.
  private func forEachInOrder(
    _ body: (AnsweredFile, Int, LineRecord) throws(JobError) -> Bool
  ) throws(JobError) -> Bool {
    let passPlaceCount = max(1 << 20, shards.reduce(0) { $0 + $1.ledger.recordCount } / 8 + 1)
    var start: Int? = 0
    // For each place the shard in the upper half, and the number of its record.
    var found: [UInt64] = []
    while let first = start {
      start = nil
      found.removeAll(keepingCapacity: true)
      for (shard, file) in shards.enumerated() {
        try file.forEachRecord { number, record throws(JobError) in
          let place = record.index - first
          guard place < passPlaceCount else {
            start = min(start ?? record.index, record.index)
            return
          }
          guard place >= 0 else { return }
          if place >= found.count { found += [UInt64](repeating: .max, count: place - found.count + 1) }
          guard found[place] == .max else {
            let (other, line) = (
              shards[Int(found[place] >> 32)], Int(UInt32(truncatingIfNeeded: found[place]))
            )
            throw .inputUnusable(
              "line \(record.index + 1) of the input is answered twice: in line \(line + 1) of \(other.path) and line "
                + "\(number + 1) of \(file.path)")
          }
          found[place] = UInt64(shard) << 32 | UInt64(number)
        }
      }
      for entry in found where entry != .max {
        let (file, number) = (shards[Int(entry >> 32)], Int(UInt32(truncatingIfNeeded: entry)))
        guard let record = try file.reading({ () throws(SystemError) in try file.ledger.record(number) })
        else {
          throw .inputUnusable("the ledger of \(file.path) changed while it was read")
        }
        guard try body(file, number, record) else { return false }
      }
    }
    return true
  }
}
