#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization

/// A fixed team of threads that share out the chunks of one piece of work at a time.
///
/// The caller is a member: a team of one has no threads of its own and runs everything in place. Chunks are
/// handed out a few at a time, at last one by one, so that a slow thread takes fewer of them: the caller and every second worker take the lowest
/// that is left, the others the highest. So in a team of two the same rows stay with the same thread, and in its
/// caches, from run to run. Between runs the workers spin for some microseconds, then sleep on a condition variable; between `beginStep` and `endStep` they
/// stay awake, so that the runs of a step are forked and joined in less than a microsecond. One run at a time: runs from several
/// threads queue; a run from inside a chunk deadlocks.
package final class ThreadTeam: Sendable {
  /// The members, the caller of `run` included; at least 1.
  package let threadCount: Int
  private let shared: TeamState
  private let oneRunAtATime = Mutex<Void>(())

  /// Starts `threadCount - 1` workers.
  ///
  /// - Precondition: `threadCount` is in 1…1024.
  package init(threadCount: Int) {
    precondition((1...1024).contains(threadCount), "a thread team has 1 to 1024 threads, not \(threadCount)")
    let shared = TeamState(memberCount: threadCount)
    self.shared = shared
    self.threadCount = threadCount
    for member in 1..<max(1, threadCount) {
      startThread { shared.workerLoop(takingAtHighEnd: member % 2 == 1) }
    }
  }

  deinit {
    shared.stop()
  }

  /// Workers that are asleep now.
  package var sleepingWorkerCount: Int { shared.sleepingWorkerCount }

  /// Wakes the workers, which then spin for longer between runs until `endStep`: for many short runs with little in between.
  ///
  /// Steps may be nested and may overlap between threads; each needs its `endStep`.
  package func beginStep() {
    if threadCount > 1 { shared.beginStep() }
  }

  /// Ends what `beginStep` began; the workers sleep soon after the last one.
  package func endStep() {
    if threadCount > 1 { shared.endStep() }
  }

  /// Calls `body` once for each chunk in `0..<chunkCount`, on any member and in any order; when it returns all
  /// calls have returned and their writes are visible to the caller.
  ///
  /// A single chunk, or a team of one, runs in the calling thread without waking anybody. Nobody waits for a worker
  /// that took no chunk.
  ///
  /// - Precondition: `chunkCount` is below 2^24.
  package func run(chunkCount: Int, _ body: (Int) -> Void) {
    runRanges(chunkCount: chunkCount, firstTakeCount: chunkCount * 3 / (4 * threadCount)) { chunks in
      for chunk in chunks { body(chunk) }
    }
  }

  /// Runs chunks as `run` does, with the chunks that a member takes at a time in one call: for chunks that
  /// cost the same, and the less the more of them come in one piece. So a member takes seven eighths of its
  /// share first.
  package func runRanges(chunkCount: Int, _ body: (Range<Int>) -> Void) {
    runRanges(chunkCount: chunkCount, firstTakeCount: chunkCount * 7 / (8 * threadCount), body)
  }

  private func runRanges(chunkCount: Int, firstTakeCount: Int, _ body: (Range<Int>) -> Void) {
    guard chunkCount > 1, threadCount > 1 else {
      if chunkCount > 0 { body(0..<chunkCount) }
      return
    }
    precondition(chunkCount <= TeamState.maxChunkCount, "\(chunkCount) chunks in one run")
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        oneRunAtATime.withLock { _ in
          shared.run(
            chunkCount: chunkCount, firstTakeCount: max(1, firstTakeCount), body: pointer)
        }
      }
    }
  }
}

/// Starts a detached thread that calls `body` and ends.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Start {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let context = Unmanaged.passRetained(Start(body)).toOpaque()
  #if canImport(Darwin)
    var thread: pthread_t?
    let result = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, context)
    if let thread { pthread_detach(thread) }
  #else
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Start>.fromOpaque(context!).takeRetainedValue().body()
        return nil
      }, context)
    if result == 0 { pthread_detach(thread) }
  #endif
  precondition(result == 0, "a thread could not be started: error \(result)")
}
