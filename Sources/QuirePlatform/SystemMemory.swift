#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What the system says of memory, in bytes.
package enum SystemMemory {
  /// The bytes that this process may still take without swapping: the smallest of the system's `MemAvailable`, of what the
  /// control groups (version 1 or 2) leave, and of what the process's own limits (`ulimit -v`, `ulimit -d`) leave.
  ///
  /// - Returns: nil where the system does not say (outside Linux).
  package static func availableBytes() -> Int? {
    guard let text = SmallFile.text("/proc/meminfo") else { return nil }
    return smallest(
      bytes(of: "MemAvailable", meminfo: text),
      smallest(
        controlGroupHeadroom(root: "/sys/fs/cgroup", membership: "/proc/self/cgroup"), limitHeadroom()))
  }

  /// The bytes of memory that the machine has.
  ///
  /// - Returns: nil where the system does not say (outside Linux).
  package static func totalBytes() -> Int? {
    SmallFile.text("/proc/meminfo").flatMap { bytes(of: "MemTotal", meminfo: $0) }
  }

  /// The bytes of memory that the machine could give to a process without swapping, whatever this one may take.
  ///
  /// - Returns: nil where the system does not say (outside Linux).
  package static func freeBytes() -> Int? {
    SmallFile.text("/proc/meminfo").flatMap { bytes(of: "MemAvailable", meminfo: $0) }
  }

  /// Whether so many bytes more could be mapped now. They are not touched, and given back at once.
  package static func canMap(_ byteCount: Int) -> Bool {
    guard byteCount > 0 else { return byteCount == 0 }
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0), mapped != MAP_FAILED else {
      return false
    }
    munmap(mapped, byteCount)
    return true
  }

  /// What the limits on the address space and on data leave this process; nil where neither is set.
  private static func limitHeadroom() -> Int? {
    #if os(Linux)
      // Pages of the whole process, first, and of its data, sixth: proc(5).
      let pages = (SmallFile.text("/proc/self/statm") ?? "").split(separator: " ").map { Int($0) ?? 0 }
      guard pages.count >= 6 else { return nil }
      return smallest(
        headroom(of: __rlimit_resource_t(RLIMIT_AS.rawValue), usedPages: pages[0]),
        headroom(of: __rlimit_resource_t(RLIMIT_DATA.rawValue), usedPages: pages[5]))
    #else
      return nil
    #endif
  }

  #if os(Linux)
    private static func headroom(of resource: __rlimit_resource_t, usedPages: Int) -> Int? {
      var limit = rlimit()
      guard getrlimit(resource, &limit) == 0, limit.rlim_cur < 1 << 62 else { return nil }
      return max(0, Int(limit.rlim_cur) - usedPages * sysconf(Int32(_SC_PAGESIZE)))
    }
  #endif

  /// The largest resident size of this process so far.
  ///
  /// - Returns: nil where the system does not say.
  package static func peakResidentBytes() -> Int? {
    var usage = rusage()
    #if canImport(Darwin)
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return nil }
      return Int(usage.ru_maxrss)
    #else
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
      return Int(usage.ru_maxrss) * 1024
    #endif
  }

  /// A line of `/proc/meminfo` by its name, in bytes.
  static func bytes(of name: String, meminfo: String) -> Int? {
    for line in meminfo.split(separator: "\n") where line.hasPrefix(name + ":") {
      let fields = line.split(separator: " ")
      guard fields.count >= 2, let kibibytes = Int(fields[1]) else { return nil }
      return kibibytes.multipliedReportingOverflow(by: 1024).partialValue
    }
    return nil
  }

  /// The least that any control group around this process leaves, nil where none sets a limit.
  static func controlGroupHeadroom(root: String, membership: String) -> Int? {
    let groups = (SmallFile.text(membership) ?? "").split(separator: "\n").compactMap { line in
      line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init)
    }
    var least: Int?
    for group in Set(groups + ["/"]) {
      for version in ControlGroupVersion.allCases {
        var folder = Substring(group)
        while true {
          least = smallest(least, version.headroom(folder: root + version.prefix + folder))
          guard let slash = folder.lastIndex(of: "/"), !folder.isEmpty else { break }
          folder = folder[..<slash]
        }
      }
    }
    return least
  }

  private static func smallest(_ first: Int?, _ second: Int?) -> Int? {
    guard let first, let second else { return first ?? second }
    return min(first, second)
  }

  private enum ControlGroupVersion: CaseIterable {
    case one, two

    var prefix: String { self == .one ? "/memory" : "" }

    /// Limit less usage of one group, at least 0; nil where it has no limit.
    func headroom(folder: String) -> Int? {
      let names =
        self == .one
        ? (limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes")
        : (limit: "memory.max", usage: "memory.current")
      // Version 1 writes "no limit" as a number near 2⁶³, version 2 as "max".
      guard let limit = number("\(folder)/\(names.limit)"), limit < 1 << 60,
        let usage = number("\(folder)/\(names.usage)")
      else { return nil }
      return max(0, limit - usage)
    }

    private func number(_ path: String) -> Int? {
      SmallFile.text(path).flatMap { Int($0.split(whereSeparator: \.isWhitespace).first ?? "") }
    }
  }
}
