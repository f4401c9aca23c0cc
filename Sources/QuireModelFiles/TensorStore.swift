package import QuirePlatform
import QuireTensorFormats

/// The tensors of one model, wherever they lie.
package protocol TensorStore: Sendable {
  /// The files, in the order that ``TensorDescription/fileIndex`` counts.
  var files: [MappedFile] { get }
  /// The tensors in formats that can be computed with, by name.
  var tensors: [String: TensorDescription] { get }
  /// The others, by name.
  var unsupportedTensors: [String: UnsupportedTensor] { get }
}

extension TensorStore {
  /// The paths of the files.
  package var filePaths: [String] { files.map(\.path) }

  /// Lends bytes of a file, after a check that it has not shrunk.
  ///
  /// - Throws: ``ModelFileError`` where the file has shrunk; `body` is not called then.
  package func withBytes<R>(
    _ byteRange: Range<Int>, ofFile fileIndex: Int,
    _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> R
  ) throws(ModelFileError) -> R {
    let file = files[fileIndex]
    do throws(MappedFileError) {
      try file.checkNotShrunk()
    } catch {
      throw ModelFileError(error)
    }
    return try file.withBytes(byteRange, body)
  }

  /// Gives back the memory of mapped pages; they are read again when touched.
  package func releasePages(_ byteRange: Range<Int>, ofFile fileIndex: Int) {
    files[fileIndex].releasePages(byteRange)
  }

  /// Lends a tensor's bytes, after a check that its file has not shrunk.
  ///
  /// - Throws: ``ModelFileError`` where the file has shrunk; `body` is not called then.
  package func withBytes<R>(
    of tensor: TensorDescription, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> R
  ) throws(ModelFileError) -> R {
    try withBytes(tensor.byteRange, ofFile: tensor.fileIndex, body)
  }

  /// Lends the bytes of a tensor of another format, as those of one to compute with.
  package func withBytes<R>(
    of tensor: UnsupportedTensor, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> R
  ) throws(ModelFileError) -> R {
    try withBytes(tensor.byteRange, ofFile: tensor.fileIndex, body)
  }

  /// Gives back the memory of a tensor's mapped pages.
  package func releasePages(of tensor: TensorDescription) {
    releasePages(tensor.byteRange, ofFile: tensor.fileIndex)
  }
}

extension TensorStore {
  /// The tensor of a name.
  ///
  /// - Throws: ``ModelFileError`` where there is none, or where it is stored in a format that Quire cannot compute with.
  package func tensor(_ name: String) throws(ModelFileError) -> TensorDescription {
    if let tensor = tensors[name] { return tensor }
    if let tensor = unsupportedTensors[name] {
      throw ModelFileError(
        path: filePaths[tensor.fileIndex], subject: "tensor " + printable(name),
        found: "stored as \(tensor.formatName)",
        expected: "one of " + TensorFormat.all.map(\.name).joined(separator: ", "),
        remedy: "take the model in one of these formats")
    }
    throw ModelFileError(
      path: filePaths.first ?? "", subject: "tensor " + printable(name), found: "missing from the file")
  }

  /// Writes a whole tensor as single precision, in the order of the file (row after row).
  ///
  /// - Parameter destination: memory for `tensor.elementCount` floats.
  /// - Throws: ``ModelFileError`` where the file has shrunk or an element is infinite or NaN; the destination may be
  ///   partly written then.
  package func dequantize(
    _ tensor: TensorDescription, to destination: UnsafeMutablePointer<Float>
  ) throws(ModelFileError) {
    try withBytes(of: tensor) { (bytes) throws(ModelFileError) in
      guard
        Dequantize.rowIsFinite(
          tensor.format, from: bytes.baseAddress!, to: destination, elementCount: tensor.elementCount)
      else { throw notFinite(tensor) }
    }
  }

  /// The whole tensor as single precision, in the order of the file.
  ///
  /// - Throws: as ``dequantize(_:to:)``.
  package func floats(of tensor: TensorDescription) throws(ModelFileError) -> [Float] {
    var failure: ModelFileError?
    let values = [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      do throws(ModelFileError) {
        try dequantize(tensor, to: buffer.baseAddress!)
        count = tensor.elementCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// The error of an element, or of a block's scale, that is infinite or NaN.
  private func notFinite(_ tensor: TensorDescription) -> ModelFileError {
    ModelFileError(
      path: filePaths[tensor.fileIndex], subject: "tensor " + printable(tensor.name),
      found: "an infinite number or NaN (\(tensor.format.name))", expected: "finite numbers only",
      remedy: "the file is damaged or was converted badly; take it again from its source")
  }
}
