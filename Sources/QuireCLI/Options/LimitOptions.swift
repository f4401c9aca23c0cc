#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import ArgumentParser
import Foundation

/// How long a run may go on, and how it stands back behind other processes.
struct LimitOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help:
      "Stop then, as at a signal: a length as 90s or 1h30m, a time of the clock as 18:30 or 2026-11-27T06:00."
  )
  var until: String?
  @Option(
    parsing: .unconditional,
    help: "Stand back behind other processes: 0 to 19 lets them go first; less needs the right to.")
  var nice: Int?

  /// Throws where a value cannot be used.
  func check() throws {
    _ = try end()
    if let nice, !(-20...19 ~= nice) {
      throw CommandError(.usage, "--nice is \(nice), but must be from -20 to 19")
    }
  }

  #if canImport(Glibc)
    private static let ofProcess = __priority_which_t(PRIO_PROCESS.rawValue)
  #else
    private static let ofProcess = PRIO_PROCESS
  #endif

  private func end() throws -> EndTime? {
    guard let until else { return nil }
    let now = EndTime.now
    guard let end = EndTime(text: until, now: now) else {
      throw CommandError(
        .usage,
        "--until is \(until), but must be a length of time as 90s or 1h30m, or a time of the clock as 18:30 or "
          + "2026-11-27T06:00")
    }
    guard end.seconds >= now else {
      throw CommandError(.usage, "--until is \(until), which has passed")
    }
    return end
  }

  /// Puts both into effect.
  func apply() throws {
    if let nice { try lowerPriority(by: nice) }
    if let end = try end() { Interruption.come(at: end) }
  }
  /// Adds to what each thread has, as the command of that name does: a library's are there before the first line of ours,
  /// and those that compute take over what the process has. Dispatch gives its own threads, which read and write, a
  /// priority of their own, where it may.
  private func lowerPriority(by nice: Int) throws {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    for thread in [0] + threads.compactMap({ id_t($0) }) where thread != id_t(getpid()) {
      errno = 0
      let current = getpriority(Self.ofProcess, thread)
      // One that is gone by now needs nothing.
      if errno == ESRCH { continue }
      guard errno == 0, setpriority(Self.ofProcess, thread, Int32(min(19, Int(current) + nice))) == 0 else {
        throw CommandError(
          .usage, "--nice is \(nice), which the system refuses: \(String(cString: strerror(errno)))")
      }
    }
  }
}
