package import QuireEngine
import QuireOpenAI
package import QuirePlatform
package import QuireRequests

/// What is to be noted of a line under way.
package enum JournalEntry: Sendable, Equatable {
  /// What a step drew for it.
  case draw(LineKey, RecordedDraw)
  /// The answer to one of several requests of it, for which nothing is drawn any more: what follows is of the next one.
  case answer(LineKey, RequestOutput)
  /// What was drawn for it so far is of no use: it begins anew.
  case restart(LineKey)
  /// What was drawn for the first line so far holds for the second one, too, for which nothing was.
  case share(LineKey, with: LineKey)
}

/// What was drawn for lines that are not yet written, in a file beside the output that only grows until it is rewritten.
///
/// A request's tokens follow from its draws alone, so that a later run goes on where this one stops. A draw without
/// log-probabilities takes some five bytes. What has been taken in reaches the file with ``flush(synchronizing:)``, which is
/// to be called more than once a second. Memory: a few words for each line under way.
///
/// Belongs to one thread, but for ``unfinished``.
package final class Journal {
  /// What earlier runs of the job left.
  package let unfinished: UnfinishedLines

  private let path: String
  private let calls: any FileSystemCalls
  private let jobDigest: SIMD8<UInt32>
  private var file: AppendFile
  /// Entries that are not in the file.
  private var entries: [UInt8] = []
  /// The places of lines with draws.
  private var places: [LineKey: Int] = [:]
  /// Bytes of the lines at each place that are still wanted; nil where there is none.
  private var byteCounts: [(answers: Int, draws: Int)?] = []
  private var freePlaces: [Int] = []

  /// A record is written when its entries reach this.
  private static let recordByteCount = 1 << 16
  private let leastRewrittenByteCount: Int

  /// Opens the journal of a job, or makes it. What another job or a torn write left in it is cut off.
  ///
  /// - Parameters:
  ///   - jobDigest: tells the job from all others.
  ///   - leastRewrittenByteCount: a file that is shorter is never rewritten.
  package init(
    _ path: String, _ calls: any FileSystemCalls, jobDigest: SIMD8<UInt32>,
    leastRewrittenByteCount: Int = 1 << 20
  ) throws(SystemError) {
    self.path = path
    self.leastRewrittenByteCount = leastRewrittenByteCount
    self.calls = calls
    self.jobDigest = jobDigest
    file = try AppendFile(path, calls)
    let scan = try JournalScan(file, jobDigest: jobDigest)
    try file.truncate(to: scan.goodByteCount)
    if scan.goodByteCount == 0 { try file.append(JournalScan.head(jobDigest)) }
    unfinished = UnfinishedLines(scan.lines)
    byteCounts = Array(repeating: nil, count: (scan.lines.keys.max() ?? -1) + 1)
    for (place, line) in scan.lines {
      places[line.key] = place
      byteCounts[place] = (line.answers.reduce(0) { $0 + $1.bytes.count }, line.draws.count)
    }
    freePlaces = byteCounts.indices.filter { byteCounts[$0] == nil }
  }

  /// Which file it is.
  package var identity: FileIdentity? { file.identity }

  /// Takes in what was drawn for lines under way.
  package func append(_ entries: [JournalEntry]) throws(SystemError) {
    for entry in entries {
      switch entry {
      case .draw(let key, let draw):
        let place = place(of: key)
        let before = self.entries.count
        self.entries.append(tag: .draw, place)
        self.entries.append(draw)
        byteCounts[place]!.draws += self.entries.count - before
        if self.entries.count >= Self.recordByteCount { try write() }
      case .answer(let key, let output):
        let place = place(of: key)
        let answer = JournalScan.Answer(
          tokenCount: output.completionTokenCount, bytes: CachedAnswer.bytes(of: output))
        byteCounts[place] = (byteCounts[place]!.answers + answer.bytes.count, 0)
        append(answer, to: place)
        if self.entries.count >= Self.recordByteCount { try write() }
      case .restart(let key): end(key)
      case .share(let key, let other): share(key, with: other)
      }
    }
  }

  /// A line has been written: what was drawn for it is forgotten.
  package func end(_ key: LineKey) {
    guard let place = places.removeValue(forKey: key) else { return }
    byteCounts[place] = nil
    freePlaces.append(place)
    entries.append(tag: .end, place)
  }

  /// Brings what was taken in to the file, and to the disk where `synchronizing` says so. Rewrites the file where little of
  /// it is still wanted.
  package func flush(synchronizing: Bool) throws(SystemError) {
    try write()
    if file.byteCount >= leastRewrittenByteCount {
      let wanted = byteCounts.reduce(0) { $0 + ($1.map { $0.answers + $0.draws + 32 } ?? 0) }
      if wanted < file.byteCount / 4 { try rewrite() }
    }
    if synchronizing { try file.synchronize() }
  }

  /// Takes the file away, when the job is complete.
  package func remove() throws(SystemError) {
    entries = []
    try calls.removeFile(path)
  }

  /// The place of a line, a new one with its first draw.
  private func place(of key: LineKey) -> Int {
    if let place = places[key] { return place }
    let place = freePlaces.popLast() ?? byteCounts.count
    if place == byteCounts.count { byteCounts.append(nil) }
    byteCounts[place] = (0, 0)
    places[key] = place
    entries.append(tag: .begin, place)
    entries.append(key)
    return place
  }

  private func append(_ answer: JournalScan.Answer, to place: Int) {
    entries.append(tag: .answer, place)
    entries.append(journalNumber: answer.tokenCount)
    entries.append(journalNumber: answer.bytes.count)
    entries += answer.bytes
  }

  private func share(_ key: LineKey, with other: LineKey) {
    guard let place = places[key], places[other] == nil else { return }
    let newPlace = freePlaces.popLast() ?? byteCounts.count
    if newPlace == byteCounts.count { byteCounts.append(nil) }
    byteCounts[newPlace] = byteCounts[place]
    places[other] = newPlace
    entries.append(tag: .share, newPlace)
    entries.append(journalNumber: place)
    entries.append(other)
  }

  private func write() throws(SystemError) {
    guard !entries.isEmpty else { return }
    try file.append(JournalScan.record(entries))
    entries.removeAll(keepingCapacity: true)
  }

  /// Puts a file in the place of this one that has nothing of lines that were written; this one stays where that fails.
  private func rewrite() throws(SystemError) {
    let former = file
    do throws(SystemError) {
      let lines = try JournalScan(former, jobDigest: jobDigest).lines
      let partial = path + ".partial"
      try calls.removeFile(partial)
      file = try AppendFile(partial, calls)
      try file.append(JournalScan.head(jobDigest))
      for (place, line) in lines.sorted(by: { $0.key < $1.key }) { try write(line, at: place) }
      try write()
      try file.synchronize()
      try calls.commit(partial, as: path)
    } catch {
      file = former
      throw error
    }
  }

  private func write(_ line: JournalScan.Line, at place: Int) throws(SystemError) {
    entries.append(tag: .begin, place)
    entries.append(line.key)
    for answer in line.answers {
      append(answer, to: place)
      if entries.count >= Self.recordByteCount { try write() }
    }
    var draws = JournalBytes(line.draws)
    while let draw = draws.draw() {
      entries.append(tag: .draw, place)
      entries.append(draw)
      if entries.count >= Self.recordByteCount { try write() }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(tag: JournalScan.Tag, _ place: Int) {
    append(tag.rawValue)
    append(journalNumber: place)
  }
}
