import ArgumentParser
import QuireBatch

/// What a command tells on standard error.
struct Log: Sendable {
  enum Level: String, CaseIterable, Comparable, ExpressibleByArgument {
    case debug, info, warning, error

    static func < (a: Level, b: Level) -> Bool { allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)! }
  }

  /// The lowest level that is told.
  let level: Level

  func debug(_ message: @autoclosure () -> String) { tell(.debug, message) }
  func info(_ message: @autoclosure () -> String) { tell(.info, message) }
  func warning(_ message: @autoclosure () -> String) { tell(.warning, message) }

  private func tell(_ level: Level, _ message: () -> String) {
    guard level >= self.level else { return }
    StandardError.tell(message(), level: level)
  }
}
