import QuirePlatform

/// One GGUF file on disk: all of a model, or one part of it.
struct GGUFPart {
  /// The mapped file.
  let file: MappedFile
  /// What its head says.
  let head: GGUFParser

  /// Maps and checks a file.
  ///
  /// - Parameter fileIndex: the number of this file among the model's.
  /// - Throws: ``ModelFileError`` where the file cannot be mapped or breaks a rule of the format.
  init(path: String, fileIndex: Int) throws(ModelFileError) {
    let file: MappedFile
    do throws(MappedFileError) {
      file = try MappedFile(path: path)
    } catch {
      throw ModelFileError(error)
    }
    var parser = GGUFParser(file: file, fileIndex: fileIndex)
    try file.withBytes(0..<file.byteCount) { (bytes) throws(ModelFileError) in
      try parser.parse(bytes)
    }
    self.file = file
    head = parser
  }

  var metadata: GGUFMetadata { GGUFMetadata(path: file.path, values: head.values) }

  /// More parts than any model has.
  static let largestCount = 4096

  /// All files of the model that the file at `path` is, or is a part of, the one with the metadata first.
  ///
  /// - Throws: ``ModelFileError`` where a part is missing, damaged, or not what its name and the others say.
  static func all(path: String) throws(ModelFileError) -> [GGUFPart] {
    let named = try GGUFPart(path: path, fileIndex: 0)
    let count = try named.metadata.integerIfPresent("split.count", in: 0...largestCount) ?? 1
    guard count > 1 else { return [named] }
    let number = try named.metadata.integer("split.no", in: 0...count - 1) + 1
    guard let name = GGUFSplitName(path), name.number == number, name.count == count else {
      let stem = GGUFSplitName(path)?.stem ?? "NAME"
      let expected = GGUFSplitName(stem: FileSystem.lastComponent(stem), number: number, count: count)
      throw ModelFileError(
        path: path, found: "part \(number) of \(count) of a split GGUF file, under another name",
        expected: "a name that ends as \(expected.path) does, by which the other parts are found",
        remedy: "give the parts the names that they were split into")
    }
    var parts: [GGUFPart] = []
    for index in 0..<count {
      let path = name.part(index + 1).path
      guard FileSystem.exists(path) else {
        throw ModelFileError(
          path: path, found: "part \(index + 1) of \(count) of a split GGUF file is missing",
          remedy: "the download is incomplete: all parts must lie in one folder")
      }
      parts.append(try GGUFPart(path: path, fileIndex: index))
    }
    try checkAgreement(parts)
    return parts
  }

  /// Checks that the files are the parts of one model, in their order.
  private static func checkAgreement(_ parts: [GGUFPart]) throws(ModelFileError) {
    let first = parts[0].metadata
    let tensorCount = try first.integer("split.tensors.count", in: 0...GGUFParser.largestTensorCount)
    for (index, part) in parts.enumerated() {
      let metadata = part.metadata
      for (key, expected) in [
        ("split.no", index), ("split.count", parts.count), ("split.tensors.count", tensorCount),
      ] {
        let found = try metadata.integer(key, in: 0...GGUFParser.largestTensorCount)
        guard found == expected else {
          throw metadata.wrong(key, metadata[key]!, "\(expected), as the name and part 1 say")
        }
      }
      let key = "general.architecture"
      if let found = try metadata.stringIfPresent(key), let other = try first.stringIfPresent(key),
        found != other
      {
        throw metadata.wrong(key, .string(found), "\"\(printable(other))\", as part 1 says")
      }
    }
    let found = parts.reduce(0) { $0 + $1.head.tensorNames.count }
    guard found == tensorCount else {
      throw ModelFileError(
        path: first.path, subject: "key split.tensors.count", found: "\(tensorCount)",
        expected: "\(found), the tensors of all parts", remedy: "the parts are not those of one model")
    }
  }
}
