#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
// Beside the server's libraries, the C library's structures are found in this module, too.
#if canImport(CDispatch)
  import CDispatch
#endif
import Dispatch
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: the first asks the job to end, the second ends the process at once. What the caller lets
/// this process ignore (`nohup`, a script's job in the background) stays ignored.
enum Interruption {
  private static let signalCount = Atomic<Int>(0)
  private static let timeIsUp = Atomic(false)

  /// Whether a signal has come.
  static var hasCome: Bool { signalCount.load(ordering: .relaxed) > 0 }

  /// What has come, for people.
  static var reason: String {
    timeIsUp.load(ordering: .relaxed) ? "the time of --until has come" : "interrupted"
  }

  /// Lets the job end at a time as at a first signal, also where the caller lets it ignore signals.
  static func come(at end: EndTime) {
    let time = timespec(tv_sec: time_t(end.seconds), tv_nsec: 0)
    DispatchQueue.global().asyncAfter(wallDeadline: DispatchWallTime(timespec: time)) {
      // A signal that has come before is not made a second one.
      guard !hasCome else { return }
      timeIsUp.store(true, ordering: .relaxed)
      _ = signalCount.compareExchange(expected: 0, desired: 1, ordering: .relaxed)
    }
  }

  /// Takes over the signals; broken pipes and file size limits become errors of `write`.
  static func install() {
    // Made before the first signal, since a handler must not.
    _ = hasCome
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    for number in [SIGINT, SIGTERM, SIGHUP] { handle(number, by: count) }
  }

  /// Takes over a signal, unless the caller lets this process ignore it. Calls that it interrupts end with EINTR.
  static func handle(_ number: Int32, by handler: @escaping @convention(c) (Int32) -> Void) {
    guard !isIgnored(number) else { return }
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handler
    #else
      action.__sigaction_handler.sa_handler = handler
    #endif
    sigaction(number, &action, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Ends the process with exit code 75 after a signal, as long as `body` runs: for work that has nothing to lose.
  ///
  /// - Parameter cleanUp: called before, on a thread of its own.
  static func endingAtOnce<Result, Failure: Error>(
    _ cleanUp: @escaping @Sendable () -> Void, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let isOver = Flag()
    DispatchQueue(label: "quire.signals").async {
      while !isOver.isSet {
        if hasCome {
          isOver.lock.withLock { _ in
            guard !isOver.isSet else { return }
            cleanUp()
            StandardError.tell("\(reason) before the first line; run the same command again", level: .error)
            _exit(CommandError.Kind.interrupted.rawValue)
          }
        }
        usleep(50_000)
      }
    }
    defer { isOver.lock.withLock { _ in isOver.set() } }
    return try body()
  }

  /// Whether what a signal would end is over.
  private final class Flag: Sendable {
    let lock = Mutex(())
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private static let count: @convention(c) (Int32) -> Void = { _ in
    // Only calls that are safe in a handler. Lines are whole after each write, so leaving at once tears none.
    if signalCount.wrappingAdd(1, ordering: .relaxed).newValue > 1 {
      _exit(CommandError.Kind.interrupted.rawValue)
    }
  }
}
