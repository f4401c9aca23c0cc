/// An order of a matrix's columns: weights whose groups lie scattered over their columns are stored group after group, and
/// activations are brought into the same order before they are quantised.
package final class ColumnOrder: Sendable {
  /// `[columnCount]`: which of the model's columns each stored one is; each once.
  package let columns: [Int32]

  /// An order that has each column from 0 on once.
  package init(_ columns: [Int32]) {
    self.columns = columns
  }

  /// Bytes of memory.
  var byteCount: Int { columns.count * MemoryLayout<Int32>.stride }

  /// Writes stored columns to the model's.
  func scatter(_ stored: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>) {
    columns.withUnsafeBufferPointer { columns in
      for (index, column) in columns.enumerated() { destination[Int(column)] = stored[index] }
    }
  }

  /// Writes the model's columns of some rows in the stored order.
  func gather(
    _ values: UnsafePointer<Float>, rowCount: Int, to destination: UnsafeMutablePointer<Float>
  ) {
    let columnCount = columns.count
    columns.withUnsafeBufferPointer { columns in
      for row in 0..<rowCount {
        let source = values + row * columnCount
        let target = destination + row * columnCount
        for index in 0..<columnCount { target[index] = source[Int(columns[index])] }
      }
    }
  }
}
