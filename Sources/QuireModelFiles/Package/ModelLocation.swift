/// How a model is laid out on disk, which decides its tensors' names.
package enum ModelLayout: String, Sendable {
  /// One GGUF file.
  case gguf
  /// A directory with `config.json` and safetensors.
  case huggingFace
}

/// Which of the two layouts a path leads to.
package enum ModelLocation {
  /// The path of a `.gguf` file.
  case gguf(String)
  /// The path of a directory with a `config.json`.
  case huggingFace(String)

  /// Looks at a path: a `.gguf` file, a directory in Hugging Face layout, or one that holds exactly one `.gguf` file, whole or in
  /// parts.
  ///
  /// - Throws: ``ModelFileError`` where it is none of them.
  package init(_ path: String) throws(ModelFileError) {
    guard FileSystem.exists(path) else {
      throw ModelFileError(path: path, found: "no such file or directory")
    }
    guard FileSystem.isDirectory(path) else {
      self = .gguf(path)
      return
    }
    if FileSystem.exists(path + "/config.json") {
      self = .huggingFace(path)
      return
    }
    // The parts of a split file count as one.
    var files: [String] = []
    var splits: [GGUFSplitName] = []
    for file in FileSystem.names(in: path) where file.hasSuffix(".gguf") {
      if let split = GGUFSplitName(file) {
        guard !splits.contains(split.part(1)) else { continue }
        splits.append(split.part(1))
      }
      files.append(file)
    }
    guard files.count == 1 else {
      throw ModelFileError(
        path: path, found: "a directory with no config.json and \(files.count) .gguf files",
        expected: "a config.json, or exactly one .gguf file, whole or in parts",
        remedy: files.isEmpty ? nil : "name the .gguf file itself")
    }
    self = .gguf(path + "/" + files[0])
  }
}
