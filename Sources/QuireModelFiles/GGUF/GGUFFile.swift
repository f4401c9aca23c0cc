package import QuirePlatform

/// A GGUF file, version 2 or 3, little endian: its metadata and tensors, every offset, count and shape checked.
///
/// Opening reads the head of the file only; tensors and arrays are read from the mapping when asked for.
/// Time and memory of opening grow with the head's bytes, whatever its counts claim.
/// Source: the GGUF specification, `docs/gguf.md` in ggml's repository.
package final class GGUFFile: TensorStore {
  /// The format's version, 2 or 3.
  package let version: Int
  /// The keys and values of the file's head.
  package let metadata: GGUFMetadata
  /// The tensors in formats that can be computed with, by name.
  package let tensors: [String: TensorDescription]
  /// The others, by name.
  package let unsupportedTensors: [String: UnsupportedTensor]
  /// The names of all tensors in the order of the file.
  package let tensorNames: [String]
  /// The mapped file, which holds the bytes of all tensors.
  package let file: MappedFile

  /// Maps and checks a file.
  ///
  /// - Throws: ``ModelFileError`` where the file cannot be mapped or breaks a rule of the format.
  package init(path: String) throws(ModelFileError) {
    let file: MappedFile
    do throws(MappedFileError) {
      file = try MappedFile(path: path)
    } catch {
      throw ModelFileError(error)
    }
    var parser = GGUFParser(file: file)
    try file.withBytes(0..<file.byteCount) { (bytes) throws(ModelFileError) in
      try parser.parse(bytes)
    }
    self.file = file
    self.version = parser.version
    self.metadata = GGUFMetadata(path: path, values: parser.values)
    self.tensors = parser.tensors
    self.unsupportedTensors = parser.unsupportedTensors
    self.tensorNames = parser.tensorNames
  }

  /// The path as it was given.
  package var path: String { file.path }
  /// The one path.
  package var filePaths: [String] { [file.path] }
  /// The one size in bytes.
  package var fileByteCounts: [Int] { [file.byteCount] }

  /// Lends a tensor's bytes, after a check that the file has not shrunk.
  package func withBytes<R>(
    of tensor: TensorDescription, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> R
  ) throws(ModelFileError) -> R {
    do throws(MappedFileError) {
      try file.checkNotShrunk()
    } catch {
      throw ModelFileError(error)
    }
    return try file.withBytes(tensor.byteRange, body)
  }

  /// Gives back the memory of a tensor's mapped pages.
  package func releasePages(of tensor: TensorDescription) {
    file.releasePages(tensor.byteRange)
  }
}
