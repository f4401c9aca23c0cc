/// The memory nodes (NUMA) of the machine.
package enum MemoryNodes {
  /// Nodes with processors that this process may use; 1 where the system does not say.
  package static func usableCount() -> Int {
    #if os(Linux)
      guard
        let nodes = SmallFile.text("/sys/devices/system/node/has_cpu"),
        let allowed = ProcessorCount.allowedList()
      else { return 1 }
      return usableCount(nodes: nodes, allowed: allowed) {
        SmallFile.text("/sys/devices/system/node/node\($0)/cpulist")
      }
    #else
      return 1
    #endif
  }

  /// Nodes that hold one of some processors; at least 1.
  ///
  /// - Parameters:
  ///   - nodes: a list of node numbers, as in `0-1,4`.
  ///   - allowed: a list of processor numbers.
  ///   - processors: the list of a node's processors; nil where the system does not say.
  package static func usableCount(nodes: String, allowed: String, processors: (Int) -> String?) -> Int {
    let allowed = ranges(of: allowed)
    let count = ranges(of: nodes).joined().count { node in
      ranges(of: processors(node) ?? "").contains { range in allowed.contains { $0.overlaps(range) } }
    }
    return max(1, count)
  }

  /// The ranges of a list of numbers as the system writes it; nothing of what is no list, and no number from 65536 on.
  private static func ranges(of list: String) -> [Range<Int>] {
    list.split { $0 == "," || $0.isWhitespace }.compactMap { part in
      let ends = part.split(separator: "-", maxSplits: 1).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, 0...65_535 ~= first,
        last <= 65_535
      else { return nil }
      return first..<last + 1
    }
  }
}
