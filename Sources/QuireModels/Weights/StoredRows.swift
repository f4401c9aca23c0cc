package import QuireKernels
package import QuireModelFiles
package import QuirePlatform
package import QuireTensorFormats

/// All rows of one tensor, or some of them, in the blocks that the file stores.
package struct StoredRows: WeightRowSource {
  /// `[rows, columns]` of the file.
  package let tensor: TensorRequirement
  /// Which of its rows.
  package let rows: Range<Int>
  /// How those rows are ordered in the file.
  package let order: RowOrder

  /// A whole tensor of `rowCount × columnCount`, or its rows `rows`.
  package init(
    _ name: String, rowCount: Int, columnCount: Int, rows: Range<Int>? = nil, order: RowOrder = .stored,
    counterpart: String? = nil
  ) {
    tensor = TensorRequirement(name: name, shape: [rowCount, columnCount], counterpart: counterpart)
    self.rows = rows ?? 0..<rowCount
    self.order = order
  }

  package var tensors: [TensorRequirement] { [tensor] }
  package var matrix: TensorRequirement { tensor }
  package var columnCount: Int { tensor.shape[1] }

  package func format(in store: any TensorStore) -> TensorFormat {
    store.tensors[tensor.name]?.format ?? .f32
  }

  package func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let found = try store.tensor(tensor.name)
    try store.withBytes(of: found) { (bytes) throws(ModelFileError) in
      guard let base = bytes.baseAddress, bytes.count == found.rowCount * found.rowByteCount,
        found.format.byteCount(elementCount: found.columnCount) == found.rowByteCount
      else {
        throw ModelFileError(
          path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
          found: "\(bytes.count) bytes", expected: "\(found.rowCount) rows of \(found.rowByteCount) bytes")
      }
      try body(
        WeightRows(
          base: base + rows.lowerBound * found.rowByteCount, format: found.format, rowCount: rows.count,
          columnCount: found.columnCount, order: order,
          giveBack: { some in
            let start = found.byteRange.lowerBound + rows.lowerBound * found.rowByteCount
            let bytes =
              start + some.lowerBound * found.rowByteCount..<start + some.upperBound * found.rowByteCount
            store.releasePages(bytes, ofFile: found.fileIndex)
          }))
    }
  }

  package func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError {
    let found = try store.tensor(tensor.name)
    return ModelFileError(
      path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
      found: "an infinite number or NaN in row \(rows.lowerBound + row) (\(found.format.name))",
      expected: "finite numbers only",
      remedy: "the file is damaged or was converted badly; take it again from its source")
  }
}
