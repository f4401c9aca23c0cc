import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// Reads and packs the weights of one model, each mapped page given back as soon as it is packed.
struct WeightLoader {
  let store: any TensorStore
  let backend: MatmulBackend
  let precision: WeightPrecision
  let team: ThreadTeam

  /// A matmul with its bias, if it has one.
  @inline(never)
  func linear(_ source: LinearSource) throws(ModelFileError) -> Linear {
    let weights = try matrix(source.weights)
    guard let bias = source.bias else { return Linear(weights: weights, bias: nil) }
    return Linear(weights: weights, bias: try vector(bias))
  }

  /// The rows of all parts stacked into one matrix.
  func matrix(_ source: WeightSource) throws(ModelFileError) -> PackedMatrix {
    var builder = PackedMatrixBuilder(
      rowCount: source.rowCount, columnCount: source.columnCount, backend: backend, precision: precision)
    for (index, part) in source.parts.enumerated() {
      var badRow: Int?
      try part.withRows(of: store, on: team) { (rows) throws(ModelFileError) in
        badRow = builder.append(rows, on: team)
      }
      if let badRow { throw try part.notFinite(row: badRow, in: store) }
      try release(part.tensors, before: source.parts[(index + 1)...])
    }
    return builder.finish()
  }

  /// A vector in single precision.
  @inline(never)
  func vector(_ source: VectorSource) throws(ModelFileError) -> VectorParameter {
    VectorParameter(try source.read(store))
  }

  /// A vector in single precision, where the model has one.
  @inline(never)
  func vector(_ source: VectorSource?) throws(ModelFileError) -> VectorParameter? {
    guard let source else { return nil }
    return try vector(source) as VectorParameter
  }

  /// An embedding that is not the output head's weights too.
  func embedding(_ source: WeightSource) throws(ModelFileError) -> EmbeddingTable {
    precondition(source.parts.count == 1, "an embedding is the rows of one source")
    let part = source.parts[0]
    var badRow = 0
    var table: EmbeddingTable?
    try part.withRows(of: store, on: team) { (rows) throws(ModelFileError) in
      table = EmbeddingTable(copying: rows, on: team, firstBadRow: &badRow)
    }
    guard let table else { throw try part.notFinite(row: badRow, in: store) }
    try release(part.tensors, before: [])
    return table
  }

  /// A rotary embedding of texts of at most `lengthLimit` tokens.
  ///
  /// - Throws: ``ModelFileError`` where a divisor of its frequencies is not positive.
  func rotary(_ plan: RotaryPlan, lengthLimit: Int) throws(ModelFileError) -> RotaryParameters {
    let divisors =
      switch plan.scaling.divisors(lengthLimit: lengthLimit) {
      case nil: [Float]()
      case .values(let values): values
      case .tensor(let name): try self.divisors(name)
      }
    return RotaryParameters(
      inverseFrequencies: VectorParameter(RotaryFrequencies.inverse(plan, divisors: divisors)),
      magnitude: Float(plan.magnitude), plan: plan)
  }

  /// The divisors of rotary frequencies that a tensor holds.
  private func divisors(_ name: String) throws(ModelFileError) -> [Float] {
    let found = try store.tensor(name)
    let factors = try store.floats(of: found)
    if let factor = factors.first(where: { $0 <= 0 }) {
      throw ModelFileError(
        path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
        found: "the factor \(factor)",
        expected: "positive divisors of the rotary frequencies")
    }
    return factors
  }

  /// Gives back the pages of tensors that no later part reads.
  private func release(
    _ tensors: [TensorRequirement], before later: ArraySlice<any WeightRowSource>
  ) throws(ModelFileError) {
    for tensor in tensors where !later.contains(where: { $0.tensors.contains(tensor) }) {
      store.releasePages(of: tensor)
    }
  }
}
