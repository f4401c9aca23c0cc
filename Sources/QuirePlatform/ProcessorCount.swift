#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How many processors this process may use.
package enum ProcessorCount {
  /// The processors in this process's affinity mask, no more than the CPU quota of its control group allows
  /// (rounded up); at least 1.
  package static func usable() -> Int {
    #if os(Linux)
      return max(1, min(allowed(), controlGroupQuota() ?? .max))
    #else
      return online()
    #endif
  }

  /// The processors of the machine that are switched on; at least 1.
  package static func online() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The processors in this process's affinity mask, all where the system does not say; at least 1.
  package static func allowed() -> Int {
    #if os(Linux)
      return affinity() ?? online()
    #else
      return online()
    #endif
  }

  /// Whole processors that a quota of `quota` microseconds in each `period` amounts to, rounded up.
  ///
  /// - Returns: nil for no quota (not positive numbers).
  package static func processors(quota: Int, period: Int) -> Int? {
    guard quota > 0, period > 0 else { return nil }
    return quota / period + (quota % period == 0 ? 0 : 1)
  }

  #if os(Linux)
    /// The processors in this process's affinity mask as a list, as in `0-3,8`; nil where the system does not say.
    static func allowedList() -> String? { status("Cpus_allowed_list:") }

    /// Processors in the mask `Cpus_allowed` of /proc/self/status (hexadecimal words between commas).
    private static func affinity() -> Int? {
      let count = status("Cpus_allowed:")?.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
      return count == 0 ? nil : count
    }

    /// What follows a word at the start of a line of /proc/self/status.
    private static func status(_ word: String) -> String? {
      SmallFile.text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix(word) }
        .map { String($0.dropFirst(word.count)) }
    }

    private static func controlGroupQuota() -> Int? {
      ControlGroups(SmallFile.text("/proc/self/cgroup") ?? "").processorQuota(read: SmallFile.text)
    }
  #endif
}
