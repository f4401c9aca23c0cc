package import QuirePlatform

/// A GGUF file, version 2 or 3, little endian: its metadata and tensors, every offset, count and shape checked.
///
/// A model that was split lies in several files, each with a list of tensors; the first has the metadata.
/// Opening reads the heads of the files only; tensors and arrays are read from the mapping when asked for.
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
  /// The mapped files: one, or the parts of a model that was split.
  package let files: [MappedFile]

  /// Maps and checks a file; where it is a part of a split one, all parts, whichever is named.
  ///
  /// - Throws: ``ModelFileError`` where a file cannot be mapped or breaks a rule of the format, or where parts are missing or
  ///   disagree.
  package init(path: String) throws(ModelFileError) {
    let parts = try GGUFPart.all(path: path)
    var tensors: [String: TensorDescription] = [:]
    var unsupported: [String: UnsupportedTensor] = [:]
    for part in parts {
      for name in part.head.tensorNames {
        guard tensors[name] == nil, unsupported[name] == nil else {
          throw ModelFileError(
            path: part.file.path, subject: "tensor " + printable(name), found: "in two parts",
            expected: "once")
        }
        tensors[name] = part.head.tensors[name]
        unsupported[name] = part.head.unsupportedTensors[name]
      }
    }
    files = parts.map(\.file)
    version = parts[0].head.version
    metadata = parts[0].metadata
    self.tensors = tensors
    unsupportedTensors = unsupported
    tensorNames = parts.flatMap(\.head.tensorNames)
  }

  /// The path, as it was given, or that of the first part.
  package var path: String { files[0].path }
}
