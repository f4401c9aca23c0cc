#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization

/// What the members of a `ThreadTeam` share: the work at hand, the chunk cursor, and who sleeps.
///
/// Order of a run: the caller writes the work, then raises `generation`; each worker that sees the new generation
/// takes chunks until none is left, then lowers `workersBusy`; the caller waits for 0. A member that would wait
/// longer than its spin sleeps; the one that changes the awaited counter looks at the sleepers after the change
/// (both sequentially consistent), so that no wake-up is lost.
final class TeamState: @unchecked Sendable {
  /// Rounds of looking before a member sleeps: some 20 µs, a few kernel calls. More would take the processors
  /// from other work of the process between two runs.
  private static var spinRounds: Int { 20_000 }

  private let workerCount: Int
  private let generation = Atomic<Int>(0)
  private let cursor = Atomic<Int>(0)
  private let workersBusy = Atomic<Int>(0)
  private let sleepingWorkers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)

  /// Written by the caller before it raises `generation`, read by workers after they saw it rise.
  private var chunkCount = 0
  private var body: UnsafePointer<(Int) -> Void>?

  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let workDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(workerCount: Int) {
    self.workerCount = workerCount
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
  func run(chunkCount: Int, body: UnsafePointer<(Int) -> Void>) {
    self.chunkCount = chunkCount
    self.body = body
    cursor.store(0, ordering: .relaxed)
    workersBusy.store(workerCount, ordering: .relaxed)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepingWorkers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(lock)
      pthread_cond_broadcast(workArrived)
      pthread_mutex_unlock(lock)
    }
    takeChunks()
    waitForWorkers()
    self.body = nil
  }

  /// Ends the workers; no run may follow.
  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    pthread_mutex_lock(lock)
    generation.add(1, ordering: .sequentiallyConsistent)
    pthread_cond_broadcast(workArrived)
    pthread_mutex_unlock(lock)
  }

  /// What each worker does from its start to its end.
  func workerLoop() {
    var seen = 0
    while true {
      seen = awaitGeneration(after: seen)
      if stopping.load(ordering: .sequentiallyConsistent) { return }
      takeChunks()
      if workersBusy.subtract(1, ordering: .sequentiallyConsistent).newValue == 0,
        callerSleeps.load(ordering: .sequentiallyConsistent)
      {
        pthread_mutex_lock(lock)
        pthread_cond_signal(workDone)
        pthread_mutex_unlock(lock)
      }
    }
  }

  private func takeChunks() {
    guard let body else { return }
    let count = chunkCount
    while true {
      let chunk = cursor.add(1, ordering: .relaxed).oldValue
      if chunk >= count { return }
      body.pointee(chunk)
    }
  }

  private func awaitGeneration(after seen: Int) -> Int {
    for _ in 0..<Self.spinRounds {
      let current = generation.load(ordering: .acquiring)
      if current != seen { return current }
    }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    sleepingWorkers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepingWorkers.subtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let current = generation.load(ordering: .sequentiallyConsistent)
      if current != seen { return current }
      pthread_cond_wait(workArrived, lock)
    }
  }

  private func waitForWorkers() {
    for _ in 0..<Self.spinRounds {
      if workersBusy.load(ordering: .acquiring) == 0 { return }
    }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    defer { callerSleeps.store(false, ordering: .sequentiallyConsistent) }
    while workersBusy.load(ordering: .sequentiallyConsistent) != 0 {
      pthread_cond_wait(workDone, lock)
    }
  }
}
