#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization

/// What the members of a `ThreadTeam` share: the work at hand, and who sleeps.
///
/// A run is one word: its number, the lowest chunk that is left and the one after the highest. A member owns a chunk
/// once it has taken it off the word, at the low end or at the high one, and the run does not end before it is done. So a worker that comes late,
/// because it slept or had no processor, finds nothing to take and nobody waits for it. A member that would wait
/// longer than its spin sleeps; the one that changes the awaited word looks at the sleepers after the change (both
/// sequentially consistent), so that no wake-up is lost.
final class TeamState: @unchecked Sendable {
  /// Rounds of looking before a member sleeps: some 20 µs, a few kernel calls. More would take the processors
  /// from other work of the process between two runs.
  private static var spinRounds: Int { 20_000 }

  /// How often a member spins so in a step before it sleeps: longer than what is awaited takes, unless the system has given
  /// its processor to another program. A member that went on spinning would use up its own turn meanwhile, and offering
  /// its processor by `sched_yield` costs it the rest of that turn (Linux 6.18): the others would then wait for it.
  private static var looksInStep: Int { 4 }

  /// Chunks of a run at most.
  static var maxChunkCount: Int { (1 << 24) - 1 }

  private let work = Atomic<UInt64>(0)
  private let chunksLeft = Atomic<Int>(0)
  private let sleepingWorkers = Atomic<Int>(0)
  private let openSteps = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)

  /// Written by the caller before it publishes the run, read by members that own one of its chunks.
  private var body: UnsafePointer<(Range<Int>) -> Void>?

  /// Chunks that a member takes first, as far as there are so many.
  private let firstTakeCount = Atomic<Int>(1)

  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let workDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Members of the team, the caller included.
  private let memberCount: Int

  init(memberCount: Int) {
    self.memberCount = memberCount
    pthread_mutex_init(lock, nil)
    pthread_cond_init(workArrived, nil)
    pthread_cond_init(workDone, nil)
  }

  deinit {
    pthread_cond_destroy(workDone)
    pthread_cond_destroy(workArrived)
    pthread_mutex_destroy(lock)
    workDone.deallocate()
    workArrived.deallocate()
    lock.deallocate()
  }

  /// Runs all chunks with the workers' help; one caller at a time.
  ///
  /// - Parameter firstTakeCount: chunks that each member takes first, as far as there are so many; at least 1.
  func run(chunkCount: Int, firstTakeCount: Int, body: UnsafePointer<(Range<Int>) -> Void>) {
    self.body = body
    self.firstTakeCount.store(firstTakeCount, ordering: .relaxed)
    chunksLeft.store(chunkCount, ordering: .relaxed)
    let run = work.load(ordering: .relaxed) >> 48 &+ 1
    work.store(run << 48 | UInt64(chunkCount), ordering: .sequentiallyConsistent)
    wakeWorkers()
    takeChunks(atHighEnd: false)
    waitForChunks()
    self.body = nil
  }

  /// Workers that sleep on the condition variable.
  var sleepingWorkerCount: Int { sleepingWorkers.load(ordering: .relaxed) }

  /// Wakes the workers, and lets members spin for longer until `endStep`.
  func beginStep() {
    openSteps.add(1, ordering: .sequentiallyConsistent)
    wakeWorkers()
  }

  /// Lets members sleep soon again.
  func endStep() {
    openSteps.subtract(1, ordering: .sequentiallyConsistent)
  }

  /// Ends the workers; no run may follow.
  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wakeWorkers()
  }

  /// What each worker does from its start to its end; half of them take chunks at the high end.
  func workerLoop(takingAtHighEnd: Bool) {
    var turn = ProcessorTurn()
    while awaitChunks() {
      takeChunks(atHighEnd: takingAtHighEnd)
      turn.offer()
    }
  }

  private func wakeWorkers() {
    guard sleepingWorkers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(lock)
    pthread_cond_broadcast(workArrived)
    pthread_mutex_unlock(lock)
  }

  private static func hasChunks(_ word: UInt64) -> Bool {
    word >> 24 & 0xFF_FFFF < word & 0xFF_FFFF
  }

  /// Takes chunks until none is left: after the first take three quarters of the member's share of what is left, for
  /// each take moves the word from one processor's cache to another's, at last one by one, so that all members end
  /// together.
  private func takeChunks(atHighEnd: Bool) {
    var doneCount = 0
    var word = work.load(ordering: .acquiring)
    while Self.hasChunks(word) {
      let low = Int(word >> 24 & 0xFF_FFFF)
      let high = Int(word & 0xFF_FFFF)
      let left = high - low
      let count =
        doneCount == 0
        ? min(left, firstTakeCount.load(ordering: .relaxed)) : max(1, left * 3 / (4 * memberCount))
      let (taken, current) = work.compareExchange(
        expected: word, desired: atHighEnd ? word - UInt64(count) : word + UInt64(count) << 24,
        ordering: .acquiringAndReleasing)
      guard taken else {
        word = current
        continue
      }
      let first = atHighEnd ? high - count : low
      body!.pointee(first..<first + count)
      doneCount += count
      word = work.load(ordering: .acquiring)
    }
    if doneCount > 0 { finishChunks(doneCount) }
  }

  private func finishChunks(_ count: Int) {
    let left = chunksLeft.subtract(count, ordering: .sequentiallyConsistent).newValue
    guard left == 0, callerSleeps.load(ordering: .sequentiallyConsistent) else { return }
    pthread_mutex_lock(lock)
    pthread_cond_signal(workDone)
    pthread_mutex_unlock(lock)
  }

  /// Returns true when there are chunks to take, false when the team ends.
  private func awaitChunks() -> Bool {
    while true {
      var looks = 0
      repeat {
        for _ in 0..<Self.spinRounds where Self.hasChunks(work.load(ordering: .acquiring)) { return true }
        if stopping.load(ordering: .acquiring) { return false }
        looks += 1
      } while looks < Self.looksInStep && openSteps.load(ordering: .acquiring) > 0
      sleep()
    }
  }

  /// Sleeps until there may be a reason to look: chunks, a step that begins, the end of the team.
  private func sleep() {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    sleepingWorkers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepingWorkers.subtract(1, ordering: .sequentiallyConsistent) }
    guard !stopping.load(ordering: .sequentiallyConsistent),
      !Self.hasChunks(work.load(ordering: .sequentiallyConsistent))
    else { return }
    pthread_cond_wait(workArrived, lock)
  }

  private func waitForChunks() {
    var looks = 0
    repeat {
      for _ in 0..<Self.spinRounds where chunksLeft.load(ordering: .acquiring) == 0 { return }
      looks += 1
    } while looks < Self.looksInStep && openSteps.load(ordering: .relaxed) > 0
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    defer { callerSleeps.store(false, ordering: .sequentiallyConsistent) }
    while chunksLeft.load(ordering: .sequentiallyConsistent) != 0 {
      pthread_cond_wait(workDone, lock)
    }
  }
}
