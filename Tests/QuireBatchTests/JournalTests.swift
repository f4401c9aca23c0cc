import Foundation
import QuireEngine
import QuirePlatform
import QuireRequests
import QuireSampling
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("The journal of what was drawn")
struct JournalTests {
  private static let job = SIMD8<UInt32>(1, 2, 3, 4, 5, 6, 7, 8)

  private static func key(_ number: Int) -> LineKey { LineKey(words: SIMD4(UInt32(number), 7, 0, .max)) }

  /// A folder of its own, which goes with the value.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.appending(path: "quire-journal-\(UUID().uuidString)")
      .path
    var journal: String { path + "/out.jsonl.journal" }

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func open(
      _ calls: any FileSystemCalls = SystemCalls(), job: SIMD8<UInt32> = JournalTests.job
    ) throws -> Journal {
      try Journal(journal, calls, jobDigest: job)
    }

    var contents: [UInt8] {
      get throws { Array(try Data(contentsOf: URL(filePath: journal))) }
    }
    func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: journal)) }
  }

  private static func draw(_ random: inout TestRandom) -> RecordedDraw {
    func report(_ token: Int32) -> PositionLogprobs {
      (0..<1 + random.below(3)).map { rank in
        TokenLogprob(
          tokenID: rank == 0 ? token : Int32(random.below(1 << 18)),
          logprob: random.pick([-0.25, -.infinity, -Float.leastNonzeroMagnitude, Float(-random.uniform())]),
          rank: 1 + random.below(300))
      }
    }
    let token = random.pick([0, 127, 128, 151_642, Int32.max])
    switch random.below(3) {
    case 0: return .token(sample: random.below(200), Draw(tokenID: token))
    case 1: return .token(sample: 0, Draw(tokenID: token, logprobs: report(token)))
    default:
      let hasReport = random.below(2) == 0
      return .beams(
        (0..<1 + random.below(9)).map { beam in
          BeamChoice(
            beam: beam * 40, tokenID: token, logprob: -Float(random.uniform()),
            logprobs: hasReport ? report(token) : nil)
        })
    }
  }

  @Test("draws of every kind come back to the bit")
  func roundTrip() {
    var random = TestRandom(seed: 4)
    let draws = (0..<500).map { _ in Self.draw(&random) }
    var bytes: [UInt8] = []
    for draw in draws { bytes.append(draw) }
    var reader = JournalBytes(bytes)
    for draw in draws { #expect(reader.draw() == draw) }
    #expect(reader.isAtEnd)
    for count in 0..<min(bytes.count, 3000) {
      var cut = JournalBytes(Array(bytes[..<count]))
      var number = 0
      while let draw = cut.draw() {
        #expect(draw == draws[number])
        number += 1
      }
    }
  }

  /// Fills a journal with 6 lines, of which two are written in between, in several records.
  ///
  /// - Returns: what was drawn for each of the lines that were not written, by number.
  private static func fill(_ journal: Journal) throws -> [Int: [RecordedDraw]] {
    var random = TestRandom(seed: 9)
    var expected: [Int: [RecordedDraw]] = [:]
    for step in 0..<12 {
      let lines = (0..<5).filter { _ in random.below(4) > 0 }
      for line in lines {
        let draw = Self.draw(&random)
        try journal.append([.draw(key(line), draw)])
        expected[line, default: []].append(draw)
      }
      if step == 4 || step == 11 {
        for line in [1, 3] {
          journal.end(key(line))
          expected[line] = nil
        }
      }
      if step % 3 == 2 { try journal.flush(synchronizing: step == 5) }
    }
    journal.end(key(99))
    try journal.flush(synchronizing: true)
    return expected
  }

  @Test("a later run finds what was drawn for lines that were not written, and goes on with it")
  func reopened() throws {
    let folder = try Folder()
    var expected = try Self.fill(folder.open())
    for run in 0..<3 {
      let journal = try folder.open()
      #expect(journal.unfinished.lineCount == expected.count)
      let more = RecordedDraw.token(sample: run, Draw(tokenID: Int32(run)))
      for (line, draws) in expected {
        #expect(journal.unfinished.take(Self.key(line)).draws == draws, "line \(line) in run \(run)")
        #expect(journal.unfinished.take(Self.key(line)).draws.isEmpty)
        try journal.append([.draw(Self.key(line), more)])
        expected[line]?.append(more)
      }
      try journal.append([.draw(Self.key(7 + run), more)])
      expected[7 + run] = [more]
      if run == 1 {
        // A line that begins anew, and one that is written.
        try journal.append([.restart(Self.key(2)), .draw(Self.key(2), more)])
        expected[2] = [more]
        journal.end(Self.key(0))
        expected[0] = nil
      }
      try journal.flush(synchronizing: false)
    }
    func rest() throws {
      let journal = try folder.open()
      #expect(journal.unfinished.tokenCount > expected.count)
      for (line, draws) in expected { #expect(journal.unfinished.take(Self.key(line)).draws == draws) }
      try journal.remove()
    }
    try rest()
    #expect(!FileManager.default.fileExists(atPath: folder.journal))
  }

  /// What a damaged journal gives is the beginning of what it held; a line that was written may come back.
  private static func expectBeginnings(
    _ folder: Folder, _ whole: [Int: [RecordedDraw]], _ comment: Comment
  ) throws {
    let unfinished = try folder.open().unfinished
    for (line, draws) in whole {
      let found = unfinished.take(key(line)).draws
      #expect(found.count <= draws.count && found == Array(draws.prefix(found.count)), comment)
    }
  }

  @Test("a line has what was drawn for another one until then, and keeps it", arguments: [false, true])
  func sharing(isRewritten: Bool) throws {
    let folder = try Folder()
    var random = TestRandom(seed: 3)
    let draws = (0..<6).map { _ in Self.draw(&random) }
    do {
      let journal = try Journal(
        folder.journal, SystemCalls(), jobDigest: Self.job, leastRewrittenByteCount: isRewritten ? 0 : 1 << 20
      )
      try journal.append(draws[..<4].map { .draw(Self.key(1), $0) })
      try journal.append([.share(Self.key(1), with: Self.key(2)), .share(Self.key(9), with: Self.key(3))])
      try journal.append([.draw(Self.key(1), draws[4])])
      journal.end(Self.key(1))
      try journal.append([.draw(Self.key(2), draws[5])])
      // What comes and goes lets the file be rewritten.
      for number in 10..<200 {
        try journal.append([.draw(Self.key(number), draws[0])])
        journal.end(Self.key(number))
        try journal.flush(synchronizing: false)
      }
    }
    let unfinished = try folder.open().unfinished
    #expect(unfinished.lineCount == 1)
    #expect(unfinished.take(Self.key(2)).draws == Array(draws[..<4]) + [draws[5]])
    #expect(unfinished.take(Self.key(1)).draws == [] && unfinished.take(Self.key(3)).draws == [])
  }

  @Test("cut at any byte, or with any byte changed, it gives nothing that was not drawn")
  func damage() throws {
    let folder = try Folder()
    let whole = try Self.fill(folder.open())
    let bytes = try folder.contents
    for count in 0..<bytes.count {
      try folder.write(Array(bytes[..<count]))
      try Self.expectBeginnings(folder, whole, "cut to \(count) bytes")
    }
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= UInt8(1 << (place % 8))
      try folder.write(changed)
      try Self.expectBeginnings(folder, whole, "byte \(place) changed")
    }
    try folder.write(bytes + bytes)
    try Self.expectBeginnings(folder, whole, "twice")
  }

  @Test("another job's journal gives nothing, and becomes this one's")
  func otherJob() throws {
    let folder = try Folder()
    _ = try Self.fill(folder.open())
    #expect(try folder.open(job: Self.job &+ 1).unfinished.lineCount == 0)
    #expect(try folder.open().unfinished.lineCount == 0)
    #expect(try folder.contents.count == JournalScan.headByteCount)
  }

  @Test(
    "records that only look whole are left out",
    arguments: [
      [9, 0], [1], [2, 0], [1, 0, 1, 2], [3, 0, 0, 5], [2], [1, 0x80], [3],
      [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 1, count: 16),
      [1, 0] + [UInt8](repeating: 1, count: 16) + [3, 0, 2, 0],
      [1, 0] + [UInt8](repeating: 1, count: 16) + [1, 0] + [UInt8](repeating: 2, count: 16),
      [1, 0] + [UInt8](repeating: 1, count: 16) + [1, 1] + [UInt8](repeating: 1, count: 16),
      [1, 0] + [UInt8](repeating: 1, count: 16) + [3, 0, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [1, 0] + [UInt8](repeating: 1, count: 16) + [3, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [1, 0] + [UInt8](repeating: 1, count: 16) + [3, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ])
  func foreignRecords(entries: [UInt8]) throws {
    let folder = try Folder()
    try folder.write(JournalScan.head(Self.job) + JournalScan.record(entries))
    func writeOn() throws {
      let journal = try folder.open()
      #expect(journal.unfinished.lineCount == 0)
      #expect(try folder.contents.count == JournalScan.headByteCount)
      try journal.append([.draw(Self.key(0), .token(sample: 0, Draw(tokenID: 1)))])
      try journal.flush(synchronizing: false)
    }
    try writeOn()
    #expect(try folder.open().unfinished.tokenCount == 1)
  }

  @Test("a plain token takes six bytes, and a long run little more than its lines under way")
  func size() throws {
    let folder = try Folder()
    let journal = try folder.open()
    func step(_ lines: Range<Int>) throws {
      try journal.append(lines.map { .draw(Self.key($0), .token(sample: 0, Draw(tokenID: 40_000))) })
    }
    for _ in 0..<100 { try step(0..<64) }
    try journal.flush(synchronizing: false)
    let tokenCount = 6400
    #expect(try folder.contents.count < 6 * tokenCount + 64 * 18 + 200)
    // 400 times as many tokens, of lines that are written after 100 each; one stays.
    for round in 1..<400 {
      let lines = 64 * round..<64 * round + 64
      for _ in 0..<100 { try step(lines) }
      for line in lines where line != 640 { journal.end(Self.key(line)) }
      try journal.flush(synchronizing: false)
      #expect(try folder.contents.count < 1_300_000)
    }
    let last = try folder.contents
    try journal.remove()
    try folder.write(last)
    let unfinished = try folder.open().unfinished
    #expect(unfinished.lineCount == 65 && unfinished.tokenCount == 6500)
    #expect(unfinished.take(Self.key(640)).draws.count == 100)
    #expect(!FileManager.default.fileExists(atPath: folder.journal + ".partial"))
  }

  @Test("where the Nth call fails, what was in the file stays, and the next run goes on from it")
  func failingCalls() throws {
    var hasFailed = true
    var number = 0
    while hasFailed {
      number += 1
      let folder = try Folder()
      let calls = FailingCalls(Set(FailingCalls.Call.allCases), number: number)
      var flushedTokenCount = 0
      do {
        let journal = try Journal(
          folder.journal, calls, jobDigest: Self.job, leastRewrittenByteCount: 20_000)
        for round in 1..<30 {
          // Enough that the file is rewritten now and then.
          let long = RecordedDraw.token(
            sample: 0,
            Draw(
              tokenID: 1,
              logprobs: (0..<300).map { TokenLogprob(tokenID: 1, logprob: -1, rank: $0 + 1) }))
          try journal.append([
            .draw(Self.key(round), long),
            .draw(Self.key(0), .token(sample: 0, Draw(tokenID: Int32(round)))),
          ])
          journal.end(Self.key(round))
          try journal.flush(synchronizing: true)
          flushedTokenCount = round
        }
      } catch {
        #expect([EIO, ENOSPC].contains(error.number))
      }
      hasFailed = calls.hasFailed
      let found = try folder.open().unfinished.take(Self.key(0)).draws
      #expect(found.count >= flushedTokenCount, "call \(number)")
      #expect(
        found
          == (0..<found.count).map { .token(sample: 0, Draw(tokenID: Int32($0 + 1))) }, "call \(number)")
    }
    #expect(number > 60)
  }
}
