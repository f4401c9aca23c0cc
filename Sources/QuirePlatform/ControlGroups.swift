/// The control groups that a process stands in, as Linux lists them in /proc/self/cgroup.
package struct ControlGroups {
  /// Directories with the settings of a group or one above it.
  private var directories: [String] = []

  /// - Parameter list: a line a hierarchy, as in `0::/user.slice/job` (version 2) or `4:cpu,cpuacct:/job` (version 1).
  package init(_ list: String) {
    for line in list.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isUnified = fields[1].isEmpty
      guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
      let roots = isUnified ? ["", "/unified"] : ["/cpu", "/\(fields[1])"]
      for root in roots { add(root: "/sys/fs/cgroup" + root, path: fields[2]) }
    }
    // Where a container sees its own group, whatever the list calls it.
    for root in ["", "/cpu"] { add(root: "/sys/fs/cgroup" + root, path: "") }
  }

  private mutating func add(root: String, path: Substring) {
    var directory = root
    directories.append(directory)
    for name in path.split(separator: "/") {
      directory += "/\(name)"
      directories.append(directory)
    }
  }

  /// Whole processors that the least CPU quota of the groups and of those above them amounts to, rounded up; nil where none
  /// has one.
  ///
  /// - Parameter read: the text of a file; nil where there is none.
  package func processorQuota(read: (String) -> String?) -> Int? {
    directories.compactMap { directory -> Int? in
      if let text = read(directory + "/cpu.max") {
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
        // The word `max` stands for no quota.
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1] else { return nil }
        return ProcessorCount.processors(quota: quota, period: period)
      }
      guard let quota = read(directory + "/cpu.cfs_quota_us").flatMap(Self.number),
        let period = read(directory + "/cpu.cfs_period_us").flatMap(Self.number)
      else { return nil }
      return ProcessorCount.processors(quota: quota, period: period)
    }.min()
  }

  private static func number(_ text: String) -> Int? {
    text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }
}
