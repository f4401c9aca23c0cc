import QuireModelFiles

extension TensorStore {
  /// A tensor of integers that weights are made of.
  ///
  /// - Throws: ``ModelFileError`` where it is missing, or of another shape or type than is required.
  func integers(_ tensor: TensorRequirement) throws(ModelFileError) -> UnsupportedTensor {
    try check(tensor)
    guard let found = unsupportedTensors[tensor.name] else { return try missing(tensor) }
    return found
  }

  /// The numbers of a tensor of 32-bit or 64-bit integers.
  func int64s(_ tensor: TensorRequirement) throws(ModelFileError) -> [Int64] {
    let found = try integers(tensor)
    return try withBytes(of: found) { (bytes) throws(ModelFileError) in
      let isWide = found.formatName == "I64"
      return (0..<bytes.count / (isWide ? 8 : 4)).map { index in
        isWide
          ? bytes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self)
          : Int64(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
      }
    }
  }

  private func missing(_ tensor: TensorRequirement) throws(ModelFileError) -> UnsupportedTensor {
    throw ModelFileError(
      path: filePaths.first ?? "", subject: "tensor " + printable(tensor.name), found: "missing from the file"
    )
  }
}
