package import QuireKernels
package import QuireModelFiles

/// A vector of weights in single precision, a norm's or a bias: the elements of one tensor after the other's.
package struct VectorSource: Sendable {
  /// One of the tensors whose elements make the vector.
  package struct Part: Sendable {
    /// The name in the file.
    package let name: String
    /// Number of the tensor's elements.
    package let count: Int
    /// How they are ordered in the file.
    package var order = RowOrder.stored
    /// The name in files of the other layout, nil where it is not known.
    var counterpart: String?
    /// What takes the place of the file's elements, in the order of the computation; nil for nothing.
    var replacement: [Float]?
  }

  /// The tensors; at least one.
  package var parts: [Part]
  /// Added to every element.
  var addend: Float = 0
  /// Added to every element of a file of the other layout.
  var counterpartAddend: Float = 0

  /// Elements of all tensors.
  package var count: Int { parts.reduce(0) { $0 + $1.count } }

  /// The tensors that the file must have, with their shapes.
  package var tensors: [TensorRequirement] {
    parts.map { TensorRequirement(name: $0.name, shape: [$0.count], counterpart: $0.counterpart) }
  }

  /// Reads the vector.
  ///
  /// - Throws: ``ModelFileError`` that names the first tensor that is missing or holds NaN or an infinity.
  package func read(_ store: any TensorStore) throws(ModelFileError) -> [Float] {
    var values: [Float] = []
    for part in parts {
      if let replacement = part.replacement {
        values += replacement
        continue
      }
      let found = try store.tensor(part.name)
      let stored = try store.floats(of: found)
      let ordered = stored.indices.map { stored[part.order.storedRow(for: $0)] }
      values += addend == 0 ? ordered : ordered.map { $0 + addend }
      store.releasePages(of: found)
    }
    return values
  }
}
