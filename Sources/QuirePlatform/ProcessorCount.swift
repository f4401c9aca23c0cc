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
    /// Processors in the mask `Cpus_allowed` of /proc/self/status (hexadecimal words between commas).
    private static func affinity() -> Int? {
      guard let line = line(of: "/proc/self/status", startingWith: "Cpus_allowed:") else { return nil }
      let count = line.dropFirst("Cpus_allowed:".count).reduce(0) {
        $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0)
      }
      return count > 0 ? count : nil
    }

    /// The quota of version 2 (`cpu.max`) or version 1 (`cpu.cfs_quota_us`) at the paths where a container sees
    /// its own group.
    private static func controlGroupQuota() -> Int? {
      if let text = firstLine(of: "/sys/fs/cgroup/cpu.max") {
        let fields = text.split(separator: " ")
        guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]) else { return nil }
        return processors(quota: quota, period: period)
      }
      guard let quota = firstLine(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us").flatMap({ Int($0) }),
        let period = firstLine(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us").flatMap({ Int($0) })
      else { return nil }
      return processors(quota: quota, period: period)
    }

    private static func firstLine(of path: String) -> String? {
      line(of: path, startingWith: "")
    }

    /// The first line of a file that starts with `prefix`, without its line feed; nil where there is none.
    private static func line(of path: String, startingWith prefix: String) -> String? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var buffer = [CChar](repeating: 0, count: 4096)
      while fgets(&buffer, Int32(buffer.count), file) != nil {
        let bytes = buffer.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix(prefix) { return line }
      }
      return nil
    }
  #endif
}
