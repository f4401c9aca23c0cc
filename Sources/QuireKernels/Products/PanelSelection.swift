import QuireKernelBodies

/// Some panels of a matrix: what is computed of a product whose other rows nobody needs.
package struct PanelSelection: Sendable, Equatable {
  /// Panels side by side, in ascending order.
  let ranges: [Range<Int>]
  /// Selected panels before each range.
  private let starts: [Int]
  /// Number of selected panels.
  package let count: Int

  /// Rows of a panel.
  package static var panelRowCount: Int { PanelLayout.rowCount }

  /// - Parameter panels: which panels are selected, by their numbers.
  package init(_ panels: [Bool]) {
    var ranges: [Range<Int>] = []
    var starts: [Int] = []
    var count = 0
    var panel = 0
    while panel < panels.count {
      guard panels[panel] else {
        panel += 1
        continue
      }
      let first = panel
      while panel < panels.count, panels[panel] { panel += 1 }
      ranges.append(first..<panel)
      starts.append(count)
      count += panel - first
    }
    self.ranges = ranges
    self.starts = starts
    self.count = count
  }

  /// The rows of the selected panels, in ascending order, of a matrix of `rowCount`.
  package func rows(of rowCount: Int) -> [Range<Int>] {
    ranges.map { $0.lowerBound * Self.panelRowCount..<min($0.upperBound * Self.panelRowCount, rowCount) }
  }

  /// Calls `body` with the panels of some of the selected ones, counted from 0 on.
  func forEachRange(of units: Range<Int>, _ body: (Range<Int>) -> Void) {
    for (range, start) in zip(ranges, starts)
    where start < units.upperBound && start + range.count > units.lowerBound {
      let first = range.lowerBound - start
      body(max(range.lowerBound, first + units.lowerBound)..<min(range.upperBound, first + units.upperBound))
    }
  }
}
