#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// How many files the process may have open.
enum OpenFileLimit {
  /// Raises the limit where it is lower, as far as the system lets it; whoever opens one too many is told then.
  ///
  /// - Returns: the limit that holds now.
  @discardableResult
  static func raise(to count: Int) -> Int {
    var limit = rlimit()
    #if canImport(Darwin) || canImport(Musl)
      let resource = RLIMIT_NOFILE
    #else
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #endif
    guard getrlimit(resource, &limit) == 0 else { return count }
    guard limit.rlim_cur < rlim_t(count) else { return Int(clamping: limit.rlim_cur) }
    let before = limit.rlim_cur
    limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
    return Int(clamping: setrlimit(resource, &limit) == 0 ? limit.rlim_cur : before)
  }
}
