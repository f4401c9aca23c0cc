import QuireJSON
package import QuirePlatform

/// The tensors of a directory in Hugging Face layout: `model.safetensors`, or the shards that
/// `model.safetensors.index.json` names.
package final class SafetensorsCheckpoint: TensorStore {
  /// The directory as it was given.
  package let directory: String
  /// The tensors in formats that can be computed with, by name.
  package let tensors: [String: TensorDescription]
  /// The others, by name.
  package let unsupportedTensors: [String: UnsupportedTensor]
  /// The mapped file, or the shards in the order of their names.
  package let files: [MappedFile]

  /// The name of a checkpoint in one file.
  static let singleFileName = "model.safetensors"
  /// The name of the list of shards.
  static let indexFileName = "model.safetensors.index.json"
  /// More shards than any checkpoint has.
  static let largestShardCount = 4096

  /// Maps and checks the file or the shards of a directory.
  ///
  /// - Throws: ``ModelFileError`` where neither is there, or one of them is damaged, or the index and the shards disagree.
  package init(directory: String) throws(ModelFileError) {
    self.directory = directory
    let single = directory + "/" + Self.singleFileName
    let index = directory + "/" + Self.indexFileName
    var shardOfTensor: [String: String]?
    var names = [Self.singleFileName]
    if !FileSystem.exists(single) {
      guard FileSystem.exists(index) else {
        throw ModelFileError(
          path: directory,
          found: "neither \(Self.singleFileName) nor \(Self.indexFileName) in this directory",
          remedy: "models in .bin or .pth files must be saved as safetensors first")
      }
      let map = try Self.weightMap(index)
      shardOfTensor = map
      names = Set(map.values).sorted()
    }
    var files: [MappedFile] = []
    var tensors: [String: TensorDescription] = [:]
    var unsupported: [String: UnsupportedTensor] = [:]
    for (fileIndex, name) in names.enumerated() {
      let path = directory + "/" + name
      guard FileSystem.exists(path) else {
        throw ModelFileError(
          path: index, subject: "shard " + printable(name), found: "missing from the directory",
          remedy: "the download is incomplete")
      }
      let shard = try SafetensorsFile(path: path, fileIndex: fileIndex)
      files.append(shard.file)
      for tensor in shard.tensors {
        try Self.check(
          tensor.name, in: name, path, shardOfTensor,
          tensors[tensor.name] == nil && unsupported[tensor.name] == nil)
        tensors[tensor.name] = tensor
      }
      for tensor in shard.unsupportedTensors {
        try Self.check(
          tensor.name, in: name, path, shardOfTensor,
          tensors[tensor.name] == nil && unsupported[tensor.name] == nil)
        unsupported[tensor.name] = tensor
      }
    }
    for (name, shard) in shardOfTensor ?? [:] where tensors[name] == nil && unsupported[name] == nil {
      throw ModelFileError(
        path: index, subject: "tensor " + printable(name), found: "missing from shard " + printable(shard))
    }
    self.files = files
    self.tensors = tensors
    unsupportedTensors = unsupported
  }

  /// Maps and checks one file, whatever its name.
  ///
  /// - Throws: ``ModelFileError`` where it is missing or damaged.
  package init(file path: String) throws(ModelFileError) {
    let shard = try SafetensorsFile(path: path, fileIndex: 0)
    directory = path
    files = [shard.file]
    tensors = Dictionary(shard.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    unsupportedTensors = Dictionary(
      shard.unsupportedTensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private init(_ checkpoint: SafetensorsCheckpoint, _ name: (String) -> String) {
    directory = checkpoint.directory
    files = checkpoint.files
    var tensors: [String: TensorDescription] = [:]
    for tensor in checkpoint.tensors.values {
      let name = name(tensor.name)
      tensors[name] = TensorDescription(
        name: name, shape: tensor.shape, format: tensor.format, byteRange: tensor.byteRange,
        fileIndex: tensor.fileIndex)
    }
    var unsupported: [String: UnsupportedTensor] = [:]
    for tensor in checkpoint.unsupportedTensors.values {
      let name = name(tensor.name)
      unsupported[name] = UnsupportedTensor(
        name: name, shape: tensor.shape, formatName: tensor.formatName, byteRange: tensor.byteRange,
        fileIndex: tensor.fileIndex)
    }
    self.tensors = tensors
    unsupportedTensors = unsupported
  }

  /// The same tensors under other names.
  /// - Parameter name: of each; no two become one.
  package func renamed(_ name: (String) -> String) -> SafetensorsCheckpoint {
    SafetensorsCheckpoint(self, name)
  }

  /// The shard of every tensor, as the index says; shards are plain file names.
  private static func weightMap(_ path: String) throws(ModelFileError) -> [String: String] {
    let document = try JSONDocument(path: path)
    guard let map = try document.objectIfPresent("weight_map"), !map.members.isEmpty else {
      throw document.missing("weight_map", "an object from tensor to shard")
    }
    var shards: [String: String] = [:]
    for member in map.members {
      guard let shard = member.value.text, isPlainFileName(shard) else {
        throw map.wrong(
          member.name, member.value, "the name of a .safetensors file in the same directory")
      }
      // Names that differ in bytes alone are one String.
      guard shards.updateValue(shard, forKey: member.name) == nil else {
        throw map.wrong(member.name, member.value, "each tensor once")
      }
    }
    let count = Set(shards.values).count
    guard count <= largestShardCount else {
      throw ModelFileError(
        path: path, subject: "key weight_map", found: "\(count) shards",
        expected: "at most \(largestShardCount)"
      )
    }
    return shards
  }

  private static func isPlainFileName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.hasPrefix(".") && !name.utf8.contains(UInt8(ascii: "/"))
      && !name.utf8.contains(UInt8(ascii: "\\")) && !name.utf8.contains(0)
  }

  /// A tensor of a shard must be the index's, and the only one of its name.
  private static func check(
    _ name: String, in shard: String, _ path: String, _ map: [String: String]?, _ isNew: Bool
  ) throws(ModelFileError) {
    let subject = "tensor " + printable(name)
    guard isNew else { throw ModelFileError(path: path, subject: subject, found: "in two shards") }
    guard let map, map[name] != shard else { return }
    throw ModelFileError(
      path: path, subject: subject, found: "not listed for this shard",
      expected: map[name].map { "it in " + printable($0) } ?? "no such tensor, as the index says")
  }
}
