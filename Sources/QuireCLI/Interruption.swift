#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization

/// SIGINT and SIGTERM: the first asks the job to end, the second ends the process at once.
enum Interruption {
  private static let signalCount = Atomic<Int>(0)

  /// Whether a signal has come.
  static var hasCome: Bool { signalCount.load(ordering: .relaxed) > 0 }

  /// Takes over the signals; broken pipes and file size limits become errors of `write`.
  static func install() {
    // Made before the first signal, since a handler must not.
    _ = hasCome
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler = handle
    #else
      action.__sigaction_handler.sa_handler = handle
    #endif
    for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
  }

  private static let handle: @convention(c) (Int32) -> Void = { _ in
    // Only calls that are safe in a handler. Lines are whole after each write, so leaving at once tears none.
    if signalCount.wrappingAdd(1, ordering: .relaxed).newValue > 1 {
      _exit(CommandError.Kind.interrupted.rawValue)
    }
  }
}
