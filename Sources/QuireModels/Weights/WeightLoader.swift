import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// Reads and packs the tensors of one model, each mapped page given back as soon as its tensor is packed.
struct WeightLoader {
  let package: ModelPackage
  let backend: MatmulBackend
  let precision: WeightPrecision
  let team: ThreadTeam

  /// The hyper-parameters.
  var config: ModelConfig { package.config }
  private var store: any TensorStore { package.tensors }

  /// Several matrices of equal width stacked into one matmul, with their biases where the model has them.
  ///
  /// - Parameters:
  ///   - tensors: `[rows, columns]` each, in the order of the outputs.
  ///   - biases: as many, or none.
  func linear(_ tensors: [ModelTensor], biases: [ModelTensor] = []) throws(ModelFileError) -> Linear {
    Linear(weights: try matrix(tensors), bias: biases.isEmpty ? nil : try vector(biases))
  }

  /// Several matrices of equal width stacked into one.
  func matrix(_ tensors: [ModelTensor]) throws(ModelFileError) -> PackedMatrix {
    let shapes = tensors.map { $0.shape(config) }
    var builder = PackedMatrixBuilder(
      rowCount: shapes.reduce(0) { $0 + $1[0] }, columnCount: shapes[0][1], backend: backend,
      precision: precision)
    for tensor in tensors {
      let found = try package.tensor(tensor)
      let badRow = try store.withBytes(of: found) { (bytes) throws(ModelFileError) -> Int? in
        builder.append(try rows(of: tensor, found, bytes), on: team)
      }
      if let badRow { throw notFinite(found, row: badRow) }
      store.releasePages(of: found)
    }
    return builder.finish()
  }

  /// Vectors one after the other as fp32.
  func vector(_ tensors: [ModelTensor]) throws(ModelFileError) -> VectorParameter {
    var values: [Float] = []
    for tensor in tensors {
      let found = try package.tensor(tensor)
      let stored = try store.floats(of: found)
      let order = rowOrder(of: tensor)
      values += stored.indices.map { stored[order.storedRow(for: $0)] }
      store.releasePages(of: found)
    }
    return VectorParameter(values)
  }

  /// An embedding that is not the output head's weights too.
  func embedding(_ tensor: ModelTensor) throws(ModelFileError) -> EmbeddingTable {
    let found = try package.tensor(tensor)
    var badRow = 0
    let table = try store.withBytes(of: found) { (bytes) throws(ModelFileError) -> EmbeddingTable? in
      EmbeddingTable(copying: try rows(of: tensor, found, bytes), on: team, firstBadRow: &badRow)
    }
    guard let table else { throw notFinite(found, row: badRow) }
    store.releasePages(of: found)
    return table
  }

  private func rows(
    of tensor: ModelTensor, _ found: TensorDescription, _ bytes: UnsafeRawBufferPointer
  ) throws(ModelFileError) -> WeightRows {
    guard let base = bytes.baseAddress, bytes.count == found.rowCount * found.rowByteCount,
      found.format.byteCount(elementCount: found.columnCount) == found.rowByteCount
    else {
      throw ModelFileError(
        path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
        found: "\(bytes.count) bytes", expected: "\(found.rowCount) rows of \(found.rowByteCount) bytes")
    }
    return WeightRows(
      base: base, format: found.format, rowCount: found.rowCount, columnCount: found.columnCount,
      order: rowOrder(of: tensor))
  }

  /// The divisors of the rotary frequencies that a GGUF file carries, `[headDimension / 2]`; empty for other scalings.
  func rotaryFactors() throws(ModelFileError) -> [Float] {
    guard config.ropeScaling == .frequencyFactors else { return [] }
    let found = try package.tensor(.ropeFrequencyFactors)
    let factors = try store.floats(of: found)
    guard let factor = factors.first(where: { $0 <= 0 }) else { return factors }
    throw ModelFileError(
      path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
      found: "the factor \(factor)",
      expected: "positive divisors of the rotary frequencies")
  }

  /// llama.cpp's converter reorders the query and key rows of its `llama` architecture, and of no other.
  private func rowOrder(of tensor: ModelTensor) -> RowOrder {
    guard package.ropeLayout == .interleavedPairs, case .layer(_, let part) = tensor else { return .stored }
    switch part {
    case .query, .key, .queryBias, .keyBias: return .rotaryPairs(headDimension: config.headDimension)
    default: return .stored
    }
  }

  private func notFinite(_ tensor: TensorDescription, row: Int) -> ModelFileError {
    ModelFileError(
      path: store.filePaths[tensor.fileIndex], subject: "tensor " + printable(tensor.name),
      found: "an infinite number or NaN in row \(row) (\(tensor.format.name))",
      expected: "finite numbers only",
      remedy: "the file is damaged or was converted badly; take it again from its source")
  }
}
