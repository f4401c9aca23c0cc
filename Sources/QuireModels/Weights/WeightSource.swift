package import QuireKernels
package import QuireModelFiles
package import QuirePlatform
package import QuireTensorFormats

/// Consecutive rows of a matrix, however a file stores them: as blocks of one tensor, or as floats made of several.
///
/// What a new way of storing weights has to say is this; packing, checks and planned memory follow.
package protocol WeightRowSource: Sendable {
  /// The tensors that the rows are made of, whole.
  var tensors: [TensorRequirement] { get }
  /// The matrix of which these are rows, under the names that plain numbers have in the file's layout and the other one.
  var matrix: TensorRequirement { get }
  /// Which rows of ``matrix`` they are, in the order of the matmul's outputs.
  var rows: Range<Int> { get }
  /// Elements of a row; inputs of the matmul.
  var columnCount: Int { get }

  /// The format of the rows that `withRows` lends; F32 where the store lacks their tensor.
  func format(in store: any TensorStore) -> TensorFormat

  /// Lends the rows, in the order of the matmul's outputs, made on `team` where they are made of several tensors.
  ///
  /// - Throws: ``ModelFileError`` where a file has shrunk, or numbers are not finite that rows are made of; and what `body`
  ///   throws.
  func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError)

  /// The error of row `row` of those lent, which holds NaN or an infinity.
  func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError
}

extension WeightRowSource {
  /// How many rows; outputs of the matmul.
  package var rowCount: Int { rows.count }
}

/// The weights of one matmul: the rows of one source after the other's.
package struct WeightSource: Sendable {
  /// The sources, all of one width; at least one.
  package let parts: [any WeightRowSource]

  /// All rows of some sources of one width.
  package init(_ parts: [any WeightRowSource]) {
    precondition(
      !parts.isEmpty && parts.allSatisfy { $0.columnCount == parts[0].columnCount }, "parts of one width")
    self.parts = parts
  }

  /// Rows of all parts.
  package var rowCount: Int { parts.reduce(0) { $0 + $1.rowCount } }
  /// Elements of a row.
  package var columnCount: Int { parts[0].columnCount }

  /// The tensors of all parts, each once.
  package var tensors: [TensorRequirement] {
    var tensors: [TensorRequirement] = []
    for tensor in parts.flatMap(\.tensors) where !tensors.contains(tensor) { tensors.append(tensor) }
    return tensors
  }
}

/// The weights and the bias of one matmul.
package struct LinearSource: Sendable {
  /// `[outputs × inputs]`.
  package var weights: WeightSource
  /// `[outputs]`, or none.
  package var bias: VectorSource?

  /// Several matmuls of one input as one; all have a bias or none has.
  static func stacked(_ parts: [LinearSource]) -> LinearSource {
    let biases = parts.compactMap(\.bias)
    precondition(biases.isEmpty || biases.count == parts.count, "biases of all parts or of none")
    return LinearSource(
      weights: WeightSource(parts.flatMap(\.weights.parts)),
      bias: biases.isEmpty ? nil : VectorSource(parts: biases.flatMap(\.parts)))
  }

  /// The tensors of weights and bias.
  var tensors: [TensorRequirement] { weights.tensors + (bias?.tensors ?? []) }
}
