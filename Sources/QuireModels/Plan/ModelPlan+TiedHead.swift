package import QuireModelFiles
import QuireTensorFormats

extension ModelPlan {
  /// Settles which weights embedding and output head are where the configuration ties them, as Hugging Face transformers 5
  /// does: a head that the files hold counts where it differs from the embedding, and is the embedding where they hold no
  /// other.
  ///
  /// - Throws: ``ModelFileError`` where a file has shrunk.
  package mutating func resolveTiedHead(_ store: any TensorStore) throws(ModelFileError) {
    guard outputHead == nil, let head = tiedHead, store.holds(head) else { return }
    guard store.holds(embedding) else {
      embedding = head
      return
    }
    if try store.areEqual(embedding, head) {
      passedOver.duplicates = Set(head.tensors.map(\.name))
      return
    }
    outputHead = head
    sizes.tiesEmbedding = false
    warnings.append(
      ModelFileWarning(
        path: store.filePaths.first ?? "", subject: "tensor " + printable(head.tensors[0].name),
        "differs from the embedding, so it is the output head although tie_word_embeddings is true"))
  }
}

extension TensorStore {
  /// Whether the files have all tensors of a source, in whatever format and shape.
  func holds(_ source: WeightSource) -> Bool {
    source.tensors.allSatisfy { tensors[$0.name] != nil || unsupportedTensors[$0.name] != nil }
  }

  /// Whether the tensors of two sources hold the same numbers. Time linear in the elements, memory in those of a row.
  fileprivate func areEqual(_ left: WeightSource, _ right: WeightSource) throws(ModelFileError) -> Bool {
    guard left.tensors.count == right.tensors.count else { return false }
    for (left, right) in zip(left.tensors, right.tensors) {
      guard let left = tensors[left.name], let right = tensors[right.name], left.shape == right.shape else {
        return false
      }
      defer {
        releasePages(of: left)
        releasePages(of: right)
      }
      let same = try withBytes(of: left) { (leftBytes) throws(ModelFileError) in
        try withBytes(of: right) { (rightBytes) throws(ModelFileError) in
          left.format.name == right.format.name
            ? Self.areEqual(leftBytes, rightBytes) : Self.areEqual(left, leftBytes, right, rightBytes)
        }
      }
      if !same { return false }
    }
    return true
  }

  /// By eight bytes at a time: an embedding has some hundred million.
  private static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    let wordCount = left.count / 8
    for word in 0..<wordCount
    where left.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
      != right.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)
    {
      return false
    }
    return left.dropFirst(8 * wordCount).elementsEqual(right.dropFirst(8 * wordCount))
  }

  private static func areEqual(
    _ left: TensorDescription, _ leftBytes: UnsafeRawBufferPointer, _ right: TensorDescription,
    _ rightBytes: UnsafeRawBufferPointer
  ) -> Bool {
    guard let leftBase = leftBytes.baseAddress, let rightBase = rightBytes.baseAddress else { return false }
    let count = left.columnCount
    var rows = (left: [Float](repeating: 0, count: count), right: [Float](repeating: 0, count: count))
    for row in 0..<left.rowCount {
      Dequantize.row(
        left.format, from: leftBase + row * left.rowByteCount, to: &rows.left, elementCount: count)
      Dequantize.row(
        right.format, from: rightBase + row * right.rowByteCount, to: &rows.right, elementCount: count)
      if rows.left != rows.right { return false }
    }
    return true
  }
}
