import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// Rows of a matrix with a product of two narrow matrices added, in single precision.
struct AdaptedRows: WeightRowSource {
  let base: any WeightRowSource
  let product: LoRAAdapter.Product

  var tensors: [TensorRequirement] { base.tensors }
  var matrix: TensorRequirement { base.matrix }
  var rows: Range<Int> { base.rows }
  var columnCount: Int { base.columnCount }

  func format(in store: any TensorStore) -> TensorFormat { .f32 }

  func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: rowCount * columnCount)
    defer { sums.deallocate() }
    try base.withRows(of: store, on: team) { (rows) throws(ModelFileError) in
      for row in 0..<rowCount {
        let sum = sums + row * columnCount
        rows.dequantize(row: row, to: sum)
        add(row: self.rows.lowerBound + row, to: sum)
      }
    }
    try body(
      WeightRows(base: UnsafeRawPointer(sums), format: .f32, rowCount: rowCount, columnCount: columnCount))
  }

  /// Adds a row of the product, the factors multiplied in the order of the rank.
  private func add(row: Int, to sum: UnsafeMutablePointer<Float>) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columnCount) { delta in
      delta.initialize(repeating: 0)
      for index in 0..<product.rank {
        let factor = product.b[row * product.rank + index]
        product.a.withUnsafeBufferPointer { a in
          for column in 0..<columnCount { delta[column] += factor * a[index * columnCount + column] }
        }
      }
      for column in 0..<columnCount { sum[column] += delta[column] * product.scale }
    }
  }

  func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError {
    try base.notFinite(row: row, in: store)
  }
}

/// Rows of an adapter's tensor in place of a base's.
struct ReplacedRows: WeightRowSource {
  let base: any WeightRowSource
  /// The rows in the adapter's own file, in Hugging Face's order.
  let own: StoredRows
  let adapter: SafetensorsCheckpoint

  var tensors: [TensorRequirement] { base.tensors }
  var matrix: TensorRequirement { base.matrix }
  var rows: Range<Int> { base.rows }
  var columnCount: Int { base.columnCount }

  func format(in store: any TensorStore) -> TensorFormat { own.format(in: adapter) }

  func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    try own.withRows(of: adapter, on: team, body)
  }

  func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError {
    try own.notFinite(row: row, in: adapter)
  }
}
