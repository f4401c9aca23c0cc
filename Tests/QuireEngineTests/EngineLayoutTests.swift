import Testing

@testable import QuireEngine

@Suite("The layout of engines")
struct EngineLayoutTests {
  private func counts(_ engines: Int?, threads: Int, nodes: Int = 1) throws -> [Int] {
    try EngineLayout(engineCount: engines, threadCount: threads, nodeCount: nodes).threadCounts
  }

  @Test("auto takes one engine up to eight threads, then as few as have teams of at most eight")
  func automatic() throws {
    for threads in 1...8 { #expect(try counts(nil, threads: threads) == [threads]) }
    #expect(try counts(nil, threads: 9) == [5, 4])
    #expect(try counts(nil, threads: 16) == [8, 8])
    #expect(try counts(nil, threads: 20) == [7, 7, 6])
    #expect(try counts(nil, threads: 128) == Array(repeating: 8, count: 16))
    for threads in 9...1024 {
      let found = try counts(nil, threads: threads)
      #expect(found.reduce(0, +) == threads && found.max()! <= 8 && found.max()! - found.min()! <= 1)
      #expect(found.count == (threads + 7) / 8)
    }
  }

  @Test("auto gives each memory node as many engines as the others")
  func nodes() throws {
    #expect(try counts(nil, threads: 8, nodes: 2) == [8])
    #expect(try counts(nil, threads: 16, nodes: 2) == [8, 8])
    #expect(try counts(nil, threads: 24, nodes: 2) == [6, 6, 6, 6])
    #expect(try counts(nil, threads: 40, nodes: 4).count == 8)
    #expect(try counts(nil, threads: 9, nodes: 64) == Array(repeating: 1, count: 9))
  }

  @Test("a number divides the threads evenly, and has to leave each engine one")
  func numbers() throws {
    #expect(try counts(4, threads: 4) == [1, 1, 1, 1])
    #expect(try counts(3, threads: 8) == [3, 3, 2])
    #expect(try counts(1, threads: 64) == [64])
    #expect {
      _ = try counts(5, threads: 4)
    } throws: {
      "\($0)"
        == "engines is 5, but there are 4 threads to compute; give at most 4, or threads at least 5"
    }
    for count in [0, -1, 257] { #expect(throws: EngineError.self) { try counts(count, threads: 1024) } }
  }
}
