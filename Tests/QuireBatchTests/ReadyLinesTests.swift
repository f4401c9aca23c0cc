import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireBatch

@Suite("The order in which lines are computed") struct ReadyLinesTests {
  private func line(_ ticket: Int, _ prompt: String, maxTokens: Int = 8) throws -> ReadyLine {
    let request = try TestModel.prompts(maxModelLength: 4096).prepare(
      .text(prompt), params: SamplingParams(temperature: 0, maxTokens: maxTokens))
    return ReadyLine(
      line: LineUnderWay(
        ticket: ticket, line: NativeLine(),
        place: LinePlace(InputLine(index: ticket, content: .bytes([])), contentWords: .zero), origin: .unused,
        footprint: LineFootprint(contentByteCount: 0, request: nil), digest: nil), request: request)
  }

  /// The rounds of a batch, by ticket.
  private func rounds(
    _ lines: [ReadyLine], areLast: Bool = false, isSorted: Bool = true, capacity: Int = .max
  ) -> [[Int]] {
    var options = JobLoop.Options(maxSequenceCount: 4)
    options.reordersLines = isSorted
    options.cacheTokenCapacity = capacity
    var ready = ReadyLines(options)
    for line in lines { ready.insert(line) }
    #expect(ready.count == lines.count)
    var batch = ready.takeBatch(areLast: areLast)
    #expect(ready.count == 0)
    var rounds: [[Int]] = []
    while !batch.isEmpty { rounds.append(batch.take(.max).map(\.line.ticket)) }
    return rounds
  }

  @Test("of prompts that begin alike one goes first, and the others follow together")
  func sharing() throws {
    var random = TestRandom(seed: 4)
    let beginnings = (0..<5).map { number in
      (0..<200).map { _ in String(random.below(10)) }.joined() + String(number)
    }
    let lines = try (0..<40).map { try line($0, beginnings[$0 * 3 % 5] + "question \($0 * 7 % 40)") }
    let rounds = rounds(lines)
    try #require(rounds.count == 2)
    #expect(rounds[0].count == 5 && Set(rounds[0].map { $0 * 3 % 5 }).count == 5)
    #expect((rounds[0] + rounds[1]).sorted() == Array(0..<40))
    // Each beginning's lines stand in one stretch.
    let groups = rounds[1].map { $0 * 3 % 5 }
    #expect(zip(groups, groups.dropFirst()).count { $0 != $1 } == 4)
  }

  @Test("beginnings go together as long as they fit a quarter of the cache")
  func capacity() throws {
    let lines = try (0..<30).map { number in
      try line(number, String(repeating: "abcdefghij"[number % 6], count: 100) + "\(number)")
    }
    // Six beginnings of 100 tokens.
    #expect(rounds(lines).map(\.count) == [6, 24])
    #expect(rounds(lines, capacity: 1000).map(\.count) == [2, 8, 2, 8, 2, 8])
    #expect(rounds(lines, capacity: 1).map(\.count) == [1, 4, 1, 4, 1, 4, 1, 4, 1, 4, 1, 4])
  }

  @Test("longer beginnings within shorter ones are found, too")
  func nested() throws {
    let system = String(repeating: "s", count: 100)
    let shots = ["x", "y"].map { system + String(repeating: $0, count: 100) }
    let lines = try (0..<8).map { try line($0, shots[$0 % 2] + "\($0)") }
    // The first of all computes the system text and its examples, one more the other examples.
    #expect(rounds(lines).map(\.count) == [2, 6])
  }

  @Test("the longest answers come first at the end, and only there")
  func longest() throws {
    let lengths = [5, 9, 1, 9, 30, 2]
    let lines = try lengths.enumerated().map { try line($0.offset, "p", maxTokens: $0.element) }
    #expect(rounds(lines, areLast: true) == [[4, 1, 3, 0, 5, 2]])
    #expect(rounds(lines) == [Array(0..<6)])
    #expect(rounds(lines, areLast: true, isSorted: false) == [Array(0..<6)])
  }

  @Test("every line is in the batch once, whatever the prompts have in common")
  func whole() throws {
    var random = TestRandom(seed: 9)
    for _ in 0..<20 {
      let lines = try (0..<random.below(60)).map { number in
        // Equal ones, and ones that begin others, are among them.
        try line(
          number, String(repeating: random.below(2) == 0 ? "a" : "b", count: 40 + 50 * random.below(4)),
          maxTokens: 1 + random.below(9))
      }
      for areLast in [false, true] {
        #expect(
          rounds(lines, areLast: areLast, capacity: 500).flatMap { $0 }.sorted() == Array(lines.indices))
      }
    }
  }

  @Test("a round is taken in pieces, and no piece reaches into the next")
  func pieces() {
    var batch = LineBatch(rounds: [])
    #expect(batch.isEmpty && batch.take(3).isEmpty)
    let lines = (0..<7).map { try! line($0, "p") }
    batch = LineBatch(rounds: [Array(lines[..<5]), [], Array(lines[5...])])
    #expect(batch.take(0).isEmpty)
    #expect([3, 3, 3, 3].map { batch.take($0).map(\.line.ticket) } == [[0, 1, 2], [3, 4], [5, 6], []])
  }
}

extension String {
  fileprivate subscript(place: Int) -> String { String(Array(self)[place]) }
}
