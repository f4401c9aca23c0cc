import QuireModelFiles
import QuireModels
import QuireTensorFormats

extension TensorTransfer {
  /// Lends the bytes of a matrix that is stored row for row as it is to be, some rows at a time; numbers would not come back
  /// the same from single precision.
  ///
  /// - Parameters:
  ///   - format: the one that the matrix is to have.
  ///   - body: takes consecutive rows, from the first row on.
  /// - Returns: false, with nothing lent, where the matrix must be made.
  /// - Throws: as ``withRows(_:on:atATime:_:)``.
  func withOriginalRows(
    _ store: any TensorStore, as format: TensorFormat, atATime count: Int,
    _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> Void
  ) throws(ModelFileError) -> Bool {
    guard format.isQuantized, let rows = original, rows.format(in: store) == format else { return false }
    let tensor = try store.tensor(rows.tensor.name)
    let (columns, rowByteCount) = (tensor.columnCount, tensor.rowByteCount)
    var numbers = [Float](repeating: 0, count: columns)
    for first in stride(from: 0, to: tensor.rowCount, by: count) {
      let some = first..<min(first + count, tensor.rowCount)
      let start = tensor.byteRange.lowerBound
      let range = start + some.lowerBound * rowByteCount..<start + some.upperBound * rowByteCount
      try store.withBytes(range, ofFile: tensor.fileIndex) { (bytes) throws(ModelFileError) in
        guard let base = bytes.baseAddress else { return }
        for row in some {
          let place = base + (row - first) * rowByteCount
          guard Dequantize.rowIsFinite(format, from: place, to: &numbers, elementCount: columns) else {
            throw try rows.notFinite(row: row, in: store)
          }
        }
        try body(bytes)
      }
      store.releasePages(range, ofFile: tensor.fileIndex)
    }
    return true
  }

  /// The tensor whose rows the matrix has, all in their order; nil where it has others.
  private var original: StoredRows? {
    guard case .rows(let parts) = source, let first = parts.first?.source as? StoredRows,
      first.tensor.shape == target.shape
    else { return nil }
    let isWhole = parts.allSatisfy { source, place in
      guard let source = source as? StoredRows else { return false }
      return source.tensor.name == first.tensor.name && source.rows == place.rows
        && source.order == place.order
    }
    guard isWhole else { return nil }
    return StoredRows(first.tensor.name, rowCount: target.shape[0], columnCount: target.shape[1])
  }
}
