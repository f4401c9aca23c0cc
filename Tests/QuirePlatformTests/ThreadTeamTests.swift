import QuirePlatform
import Synchronization
import Testing

@Suite("ThreadTeam")
struct ThreadTeamTests {
  @Test(
    "every chunk runs exactly once, whatever the counts", arguments: [1, 2, 3, 8], [0, 1, 2, 3, 7, 64, 1001])
  func everyChunkOnce(threadCount: Int, chunkCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    let buffer = AlignedBuffer<Int>(count: chunkCount)
    let calls = buffer.pointer
    team.run(chunkCount: chunkCount) { calls[$0] += 1 }
    #expect((0..<chunkCount).allSatisfy { calls[$0] == 1 })
  }

  @Test("ranges of chunks cover each chunk once", arguments: [1, 2, 3, 8], [0, 1, 2, 7, 64, 1001])
  func everyChunkInOneRange(threadCount: Int, chunkCount: Int) {
    let team = ThreadTeam(threadCount: threadCount)
    let calls = AlignedBuffer<Int>(count: chunkCount)
    team.runRanges(chunkCount: chunkCount) { chunks in
      #expect(!chunks.isEmpty)
      for chunk in chunks { calls.pointer[chunk] += 1 }
    }
    #expect((0..<chunkCount).allSatisfy { calls.pointer[$0] == 1 })
  }

  @Test("many short runs follow each other without a lost wake-up")
  func manyRuns() {
    let team = ThreadTeam(threadCount: 3)
    let sum = Atomic<Int>(0)
    for run in 0..<5000 {
      team.run(chunkCount: 3) { sum.add($0 + 1, ordering: .relaxed) }
      if run % 2500 == 0 { pauseLongerThanTheSpin() }
    }
    #expect(sum.load(ordering: .relaxed) == 5000 * 6)
  }

  @Test("the writes of all members are visible when a run returns")
  func visibility() {
    let team = ThreadTeam(threadCount: 2)
    let buffer = AlignedBuffer<Int>(count: 256)
    let values = buffer.pointer
    for round in 1...200 {
      team.run(chunkCount: 256) { values[$0] = round }
      #expect((0..<256).allSatisfy { values[$0] == round })
    }
  }

  @Test("runs from several threads queue")
  func concurrentCallers() async {
    let team = ThreadTeam(threadCount: 2)
    let sum = SharedSum()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<200 { team.run(chunkCount: 4) { _ in sum.value.add(1, ordering: .relaxed) } }
        }
      }
    }
    #expect(sum.value.load(ordering: .relaxed) == 4 * 200 * 4)
  }

  @Test(
    "runs inside and outside of steps, of one team or of two at a time, lose no chunk", arguments: [1, 2, 3])
  func steps(threadCount: Int) async {
    let teams = [ThreadTeam(threadCount: threadCount), ThreadTeam(threadCount: threadCount)]
    let sum = SharedSum()
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<4 {
        group.addTask {
          let team = teams[caller % 2]
          for step in 0..<50 {
            team.beginStep()
            for _ in 0..<20 { team.run(chunkCount: 3) { _ in sum.value.add(1, ordering: .relaxed) } }
            team.endStep()
            if step % 25 == 0 { team.run(chunkCount: 3) { _ in sum.value.add(1, ordering: .relaxed) } }
          }
        }
      }
    }
    #expect(sum.value.load(ordering: .relaxed) == 4 * (50 * 20 + 2) * 3)
  }

  @Test("workers sleep soon after a step", .timeLimit(.minutes(5)))
  func sleepsBetweenSteps() {
    let team = ThreadTeam(threadCount: 2)
    let buffer = AlignedBuffer<Int>(count: 4)
    let values = buffer.pointer
    team.beginStep()
    team.run(chunkCount: 4) { values[$0] = 1 }
    team.endStep()
    // However long the worker waits for a processor to fall asleep on.
    while team.sleepingWorkerCount < 1 { pauseLongerThanTheSpin() }
    #expect(team.sleepingWorkerCount == 1)
  }

  /// Long enough for the workers to fall asleep, where they are not kept waiting.
  private func pauseLongerThanTheSpin() {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(20)
    while clock.now < end {}
  }

  private final class SharedSum: Sendable {
    let value = Atomic<Int>(0)
  }
}
