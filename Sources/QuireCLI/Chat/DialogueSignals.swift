import Foundation
import Synchronization

/// SIGINT, SIGTERM and SIGHUP in a session. A handler may do next to nothing, so it hands the number to a thread, which
/// may save what must be saved. The first SIGINT while an answer comes stops the answer; all others end the session,
/// but for one that comes too late to stop an answer.
///
/// What the caller lets this process ignore (`nohup`) stays ignored.
final class DialogueSignals: Sendable {
  /// What becomes of an answer.
  private enum Answering: Int, AtomicRepresentable {
    case none, underWay, stopped
  }

  /// The end of the pipe that handlers write to.
  private static let pipeEnd = Atomic<Int32>(-1)

  /// A SIGINT so soon after the end of an answer was meant for the answer.
  private static let reactionTime = Duration.seconds(1)

  private let answering = Atomic(Answering.none)
  /// When the latest answer ended that was not stopped; nil where that is long ago.
  private let answered = Mutex<ContinuousClock.Instant?>(nil)

  /// Takes over the signals.
  ///
  /// - Parameter leave: saves and tidies up, on a thread of its own; then the process ends by the signal, as shells
  ///   expect.
  init(leave: @escaping @Sendable () -> Void) throws(CommandError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandError(.inputOutput, "cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // Made before the first signal, since a handler must not.
    Self.pipeEnd.store(ends[1], ordering: .relaxed)
    let source = ends[0]
    Thread.detachNewThread { [self] in
      while true {
        var number: UInt8 = 0
        guard read(source, &number, 1) == 1 else { continue }
        hear(Int32(number), leave: leave)
      }
    }
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    for number in [SIGINT, SIGTERM, SIGHUP] { Interruption.handle(number, by: Self.handler) }
  }

  /// Whether the answer under way is to end.
  var isStopped: Bool { answering.load(ordering: .relaxed) == .stopped }

  /// Runs what makes an answer, which a first SIGINT stops.
  func answering<Result>(_ body: () throws -> Result) rethrows -> Result {
    answering.store(.underWay, ordering: .relaxed)
    defer {
      let end = answering.exchange(.none, ordering: .relaxed)
      answered.withLock { $0 = end == .stopped ? nil : .now }
    }
    return try body()
  }

  private func hear(_ number: Int32, leave: () -> Void) {
    if number == SIGINT, isForAnswer() { return }
    leave()
    signal(number, SIG_DFL)
    raise(number)
    _exit(128 + number)
  }

  /// Stops the answer under way; whether there is one that has not been stopped, or was a moment ago.
  private func isForAnswer() -> Bool {
    let (exchanged, state) = answering.compareExchange(
      expected: .underWay, desired: .stopped, ordering: .relaxed)
    if exchanged || state == .stopped { return exchanged }
    return answered.withLock { end in
      defer { end = nil }
      return end.map { .now - $0 < Self.reactionTime } ?? false
    }
  }

  private static let handler: @convention(c) (Int32) -> Void = { number in
    let before = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(pipeEnd.load(ordering: .relaxed), &byte, 1)
    errno = before
  }
}
