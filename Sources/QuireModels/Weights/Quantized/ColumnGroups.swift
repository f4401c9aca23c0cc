import QuireKernels
import QuireModelFiles

/// Which of a layer's inputs share a scale.
final class ColumnGroups: Sendable {
  /// `[columnCount]`: the group of each input.
  let groupOfColumn: [Int32]
  /// Number of groups.
  let groupCount: Int
  /// The order in which groups are runs of inputs; nil where they are already.
  let order: ColumnOrder?
  /// Whether each 32 inputs, in that order, share a scale.
  let isInBlocks: Bool

  /// Inputs of a block.
  static let blockColumnCount = 32

  /// Groups of `groupSize` inputs each, one after the other.
  init(columnCount: Int, groupSize: Int) {
    groupOfColumn = (0..<columnCount).map { Int32($0 / groupSize) }
    groupCount = (columnCount + groupSize - 1) / groupSize
    order = nil
    isInBlocks =
      columnCount % Self.blockColumnCount == 0
      && (groupSize % Self.blockColumnCount == 0 || groupSize >= columnCount)
  }

  /// Groups by number; nil where these are none, below 0 or not below `groupCount`.
  init?(groupOfColumn: [Int32], groupCount: Int) {
    guard groupOfColumn.allSatisfy({ (0..<Int32(groupCount)).contains($0) }) else { return nil }
    self.groupOfColumn = groupOfColumn
    self.groupCount = groupCount
    var sizes = [Int](repeating: 0, count: groupCount)
    for group in groupOfColumn { sizes[Int(group)] += 1 }
    isInBlocks = sizes.allSatisfy { $0 % Self.blockColumnCount == 0 }
    guard isInBlocks, zip(groupOfColumn, groupOfColumn.dropFirst()).contains(where: { $0 > $1 }) else {
      order = nil
      return
    }
    var next = [0]
    for size in sizes.dropLast() { next.append(next.last! + size) }
    var columns = [Int32](repeating: 0, count: groupOfColumn.count)
    for (column, group) in groupOfColumn.enumerated() {
      columns[next[Int(group)]] = Int32(column)
      next[Int(group)] += 1
    }
    order = ColumnOrder(columns)
  }
}
