import QuireKernels
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTensorFormats

/// How the tensors of one plan become those of another that computes the same: a checkpoint's those of a GGUF file.
struct TensorTransfer: Sendable {
  /// Where a tensor's numbers come from.
  enum Source: Sendable {
    /// Rows of matrices, each with the rows of the tensor that they become, and their order there.
    case rows([(source: any WeightRowSource, place: StoredRows)])
    /// A part of a vector: the elements from `start` on.
    case elements(VectorSource, start: Int, VectorSource.Part)
  }

  /// The tensor to be made: its name and shape in the other plan.
  let target: TensorRequirement
  let source: Source

  /// Whether it is a matrix, whose rows may be quantised; else a vector, in single precision.
  var isMatrix: Bool { if case .rows = source { true } else { false } }

  /// Pairs the weights of two plans in the order of their computation.
  ///
  /// - Throws: ``ModelFileError`` where they are not made of the same matrices and vectors.
  static func all(
    from plan: ModelPlan, to target: ModelPlan, path: String
  ) throws(ModelFileError) -> [TensorTransfer] {
    var transfers: [TensorTransfer] = []
    let (own, others) = (plan.weights, target.weights)
    guard own.matrices.count == others.matrices.count, own.vectors.count == others.vectors.count else {
      throw ModelFileError(
        path: path, found: "weights that a GGUF file of this architecture has no place for")
    }
    for (source, place) in zip(own.matrices, others.matrices) {
      guard let place = place as? StoredRows, source.rowCount == place.rowCount,
        source.columnCount == place.columnCount
      else {
        throw ModelFileError(
          path: path, found: "a matrix that a GGUF file of this architecture has no place for")
      }
      // Rows of one tensor that serve as several matrices stand one after the other.
      if let index = transfers.firstIndex(where: { $0.target.name == place.tensor.name }),
        case .rows(let rows) = transfers[index].source
      {
        transfers[index] = TensorTransfer(target: place.tensor, source: .rows(rows + [(source, place)]))
      } else {
        transfers.append(TensorTransfer(target: place.tensor, source: .rows([(source, place)])))
      }
    }
    for (source, place) in zip(own.vectors, others.vectors) {
      var start = 0
      for part in place.parts {
        let target = TensorRequirement(name: part.name, shape: [part.count])
        transfers.append(TensorTransfer(target: target, source: .elements(source, start: start, part)))
        start += part.count
      }
    }
    return transfers
  }

  /// The elements of a vector, as the file keeps them.
  ///
  /// - Precondition: it is no matrix.
  func elements(_ store: any TensorStore) throws(ModelFileError) -> [Float] {
    guard case .elements(let vector, let start, let part) = source else {
      preconditionFailure("\(target.name) is a matrix")
    }
    let values = try vector.read(store)
    var stored = [Float](repeating: 0, count: part.count)
    for index in 0..<part.count { stored[part.order.storedRow(for: index)] = values[start + index] }
    return stored
  }

  /// Lends the rows of a matrix as single precision, some at a time, in the order of the file.
  ///
  /// - Parameters:
  ///   - team: makes rows of several tensors.
  ///   - body: takes consecutive rows, from the first row on.
  /// - Throws: ``ModelFileError`` where a file has shrunk or holds an infinite number or NaN; and what `body` throws.
  /// - Precondition: it is a matrix.
  func withRows(
    _ store: any TensorStore, on team: ThreadTeam, atATime count: Int,
    _ body: (UnsafeBufferPointer<Float>) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    guard case .rows(let parts) = source else { preconditionFailure("\(target.name) is a vector") }
    let columns = target.shape[1]
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count * columns)
    defer { buffer.deallocate() }
    for (source, place) in parts.sorted(by: { $0.place.rows.lowerBound < $1.place.rows.lowerBound }) {
      // Where each row of the file comes from.
      var origins = [Int](repeating: 0, count: place.rowCount)
      for row in 0..<place.rowCount { origins[place.order.storedRow(for: row)] = row }
      var badRow: Int?
      try source.withRows(of: store, on: team) { (rows) throws(ModelFileError) in
        for first in stride(from: 0, to: origins.count, by: count) {
          let some = origins[first..<min(first + count, origins.count)]
          for (index, row) in some.enumerated() {
            let destination = buffer.baseAddress! + index * columns
            rows.dequantize(row: row, to: destination)
            if !Dequantize.allFinite(destination, count: columns) { badRow = badRow ?? row }
          }
          if badRow != nil { return }
          try body(UnsafeBufferPointer(start: buffer.baseAddress!, count: some.count * columns))
        }
      }
      if let badRow { throw try source.notFinite(row: badRow, in: store) }
      for tensor in source.tensors { store.releasePages(of: tensor) }
    }
  }
}

extension ModelPlan {
  /// How many matrices come from numbers that have lost something already: blocks, or integers with scales.
  func quantizedTensorCount(in store: any TensorStore) -> Int {
    let quantized = weights.matrices.filter { matrix in
      matrix.tensors.contains { tensor in
        store.unsupportedTensors[tensor.name] != nil || store.tensors[tensor.name]?.format.isQuantized == true
      }
    }
    return Set(quantized.map(\.matrix)).count
  }
}
