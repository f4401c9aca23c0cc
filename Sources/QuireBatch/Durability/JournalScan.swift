import QuireEngine
import QuirePlatform

/// What a journal says of the lines that were not written, as far as its records are whole.
///
/// The file begins with 64 bytes: `quireJRN`, version, the digest of what its job is, a check. Records follow: length and
/// check of four bytes each, then entries. An entry begins a line (1, place, key), ends one (2, place), holds a draw of one
/// (3, place, draw), begins a line with the draws of another (4, place, the other's place, key), or holds the answer to one
/// of a line's requests (5, place, tokens, length, answer), of which the draws are of no use then: places are small numbers
/// that are used again.
struct JournalScan {
  /// A line that was not written.
  struct Line {
    let key: LineKey
    /// The answers to its first requests, where it has several.
    var answers: [Answer] = []
    /// The draws of the request after these, as they stand in the file.
    var draws: [UInt8] = []
    /// Tokens that were drawn for that, over all samples; of a beam search, what it took of its candidates.
    var drawnTokenCount = 0

    /// The same of all its requests.
    var tokenCount: Int { answers.reduce(drawnTokenCount) { $0 + $1.tokenCount } }
  }

  /// The answer to a request, as ``CachedAnswer`` writes it.
  struct Answer {
    let tokenCount: Int
    let bytes: [UInt8]
  }

  /// What an entry says.
  enum Tag: UInt8 {
    case begin = 1
    case end = 2
    case draw = 3
    case share = 4
    case answer = 5
  }

  /// What the head takes in a file.
  static let headByteCount = 64
  private static let magic = Array("quireJRN".utf8)
  private static let version = 1
  /// What a record may take: one that claims more is none.
  private static let recordByteLimit = 1 << 30
  /// Places are below this, however many lines are under way.
  private static let placeLimit = 1 << 24

  /// The lines by their places.
  private(set) var lines: [Int: Line] = [:]
  private var keys: Set<LineKey> = []
  /// Where the last whole record ends; 0 where nothing of the file is of use.
  private(set) var goodByteCount = 0

  /// Reads a journal record by record; memory for its greatest record and for the unwritten lines.
  init(_ file: AppendFile, jobDigest: SIMD8<UInt32>) throws(SystemError) {
    guard try file.read(at: 0, count: Self.headByteCount) == Self.head(jobDigest) else { return }
    goodByteCount = Self.headByteCount
    while let record = try Self.record(of: file, at: goodByteCount) {
      guard take(record) else {
        // No journal has written it, whatever its check says: then nothing of the file is to be trusted.
        (lines, goodByteCount) = ([:], 0)
        return
      }
      goodByteCount += 8 + record.count
    }
  }

  /// The head of a job's journal.
  static func head(_ jobDigest: SIMD8<UInt32>) -> [UInt8] {
    var head = magic
    head.append(journalWord: UInt32(version))
    for index in 0..<8 { head.append(journalWord: jobDigest[index]) }
    head += [UInt8](repeating: 0, count: headByteCount - 4 - head.count)
    head.append(journalWord: ByteFields.check(head[...]))
    return head
  }

  /// Entries as a record.
  static func record(_ entries: [UInt8]) -> [UInt8] {
    var record: [UInt8] = []
    record.reserveCapacity(8 + entries.count)
    record.append(journalWord: UInt32(entries.count))
    record.append(journalWord: ByteFields.check(entries[...]))
    return record + entries
  }

  /// The entries of the record that begins at a place; nil where there is no whole one.
  private static func record(of file: AppendFile, at offset: Int) throws(SystemError) -> [UInt8]? {
    var head = JournalBytes(try file.read(at: offset, count: 8))
    guard let length = head.word(), let check = head.word(), length <= recordByteLimit,
      Int(length) <= file.byteCount - offset - 8
    else { return nil }
    let entries = try file.read(at: offset + 8, count: Int(length))
    return entries.count == Int(length) && ByteFields.check(entries[...]) == check ? entries : nil
  }

  /// Takes in a record; false, with some of its entries taken, where one of them makes no sense.
  private mutating func take(_ record: [UInt8]) -> Bool {
    var entries = JournalBytes(record)
    while !entries.isAtEnd {
      guard let number = entries.number(), let tag = UInt8(exactly: number).flatMap(Tag.init),
        let place = entries.number(), place < Self.placeLimit
      else { return false }
      switch tag {
      case .begin:
        // A line has one place, and a place one line.
        guard let key = entries.key(), lines[place] == nil, keys.insert(key).inserted else { return false }
        lines[place] = Line(key: key)
      case .share:
        guard let other = entries.number(), let key = entries.key(), let source = lines[other],
          lines[place] == nil, keys.insert(key).inserted
        else { return false }
        lines[place] = Line(
          key: key, answers: source.answers, draws: source.draws, drawnTokenCount: source.drawnTokenCount)
      case .end:
        guard let line = lines.removeValue(forKey: place) else { return false }
        keys.remove(line.key)
      case .draw:
        let start = entries.place
        guard let draw = entries.draw(), lines[place] != nil else { return false }
        lines[place]!.draws += entries.bytes(since: start)
        lines[place]!.drawnTokenCount += draw.tokenCount
      case .answer:
        guard let tokenCount = entries.number(), tokenCount <= record.count, let length = entries.number(),
          let bytes = entries.take(length), lines[place] != nil
        else { return false }
        lines[place]!.answers.append(Answer(tokenCount: tokenCount, bytes: Array(bytes)))
        lines[place]!.draws = []
        lines[place]!.drawnTokenCount = 0
      }
    }
    return true
  }
}

extension RecordedDraw {
  fileprivate var tokenCount: Int {
    switch self {
    case .token: 1
    case .beams(let choices): choices.count
    }
  }
}
