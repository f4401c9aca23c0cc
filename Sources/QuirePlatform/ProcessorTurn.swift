#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Lets a thread give its processor to other programs between two pieces of work, where there are others: else the system
/// takes it away in the midst of one, which other threads then wait for.
///
/// Costs a reading of the clock a call, and a system call now and then.
struct ProcessorTurn {
  /// How often it looks whether the system has taken the processor away.
  private static var lookNanoseconds: UInt64 { 250_000 }
  /// How long the processor counts as wanted by others after that.
  private static var memoryNanoseconds: UInt64 { 50_000_000 }
  /// How long a thread then works before it gives the processor away: a little less than Linux leaves it to one program,
  /// 2.8 ms or a tick of 4 ms. With 1 ms it gave away more than its share.
  private static var turnNanoseconds: UInt64 { 2_500_000 }

  private var lastLook: UInt64 = 0
  private var lossCount = 0
  private var wantedUntil: UInt64 = 0
  private var turnStart: UInt64 = 0

  /// Called when the thread has nothing in its hands.
  mutating func offer() {
    #if os(Linux)
      let now = Self.now()
      guard now - lastLook >= Self.lookNanoseconds else { return }
      lastLook = now
      let count = Self.lossCount()
      if count != lossCount {
        lossCount = count
        wantedUntil = now + Self.memoryNanoseconds
        turnStart = now
      } else if now < wantedUntil, now - turnStart >= Self.turnNanoseconds {
        sched_yield()
        turnStart = Self.now()
        lastLook = turnStart
        let count = Self.lossCount()
        if count != lossCount { wantedUntil = turnStart + Self.memoryNanoseconds }
        lossCount = count
      }
    #endif
  }

  #if os(Linux)
    private static func now() -> UInt64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// How often the system has taken the processor from this thread.
    private static func lossCount() -> Int {
      var usage = rusage()
      // RUSAGE_THREAD, which the C library shows to GNU programs alone.
      #if canImport(Musl)
        getrusage(1, &usage)
      #else
        getrusage(__rusage_who_t(1), &usage)
      #endif
      return usage.ru_nivcsw
    }
  #endif
}
