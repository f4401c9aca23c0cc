/// One opened model, whichever layout it has: configuration, vocabulary and tensors, checked against each other.
public struct ModelPackage: Sendable {
  /// How the pairs of a head that the rotary embedding turns together lie in the rows of q and k.
  public enum RopeLayout: Sendable, Equatable {
    /// Elements `i` and `i + headDimension / 2`: Hugging Face checkpoints, and GGUF files of Qwen2 and Qwen3.
    case halves
    /// Elements `2i` and `2i + 1`: GGUF files of the `llama` architecture, whose converter permutes the rows of q and k.
    case interleavedPairs
  }

  /// The `.gguf` file or the directory.
  public let path: String
  /// A name for people: that of the GGUF metadata, or the directory's.
  public let name: String
  /// How the model is laid out on disk.
  public let layout: ModelLayout
  /// The hyper-parameters.
  public let config: ModelConfig
  /// Advice for sampling.
  public let generationDefaults: GenerationDefaults
  /// Special tokens and chat template.
  public let tokenizerSettings: TokenizerSettings
  /// The vocabulary.
  public let tokenizerSource: TokenizerSource
  /// The weights: all that the configuration asks for, in the right shapes.
  public let tensors: any TensorStore

  /// How q and k rows are ordered in the file.
  public var ropeLayout: RopeLayout {
    layout == .gguf && config.architecture == .llama ? .interleavedPairs : .halves
  }

  /// The description of one of the model's weights.
  ///
  /// - Throws: ``ModelFileError`` where the model has no such weight.
  public func tensor(_ tensor: ModelTensor) throws(ModelFileError) -> TensorDescription {
    try tensors.tensor(tensor.name(in: layout))
  }

  /// Opens a `.gguf` file, a directory in Hugging Face layout, or a directory that holds exactly one `.gguf` file and no `config.json`.
  ///
  /// - Throws: ``ModelFileError`` where a file is missing or damaged, where two of them disagree, or where the model is one that
  ///   Quire does not compute.
  public static func open(_ path: String) throws(ModelFileError) -> ModelPackage {
    let location = try ModelLocation(path)
    switch location {
    case .gguf(let file): return try ModelPackage(gguf: try GGUFFile(path: file))
    case .huggingFace(let directory): return try ModelPackage(directory: directory)
    }
  }

  init(gguf file: GGUFFile) throws(ModelFileError) {
    let config = try ModelConfig(gguf: file)
    path = file.path
    layout = .gguf
    name = try file.metadata.stringIfPresent("general.name") ?? FileSystem.lastComponent(path)
    self.config = config
    generationDefaults = try GenerationDefaults(gguf: file.metadata, vocabularySize: config.vocabularySize)
    tokenizerSettings = try TokenizerSettings(gguf: file.metadata, vocabularySize: config.vocabularySize)
    try config.check(file, layout: .gguf)
    tokenizerSource = .gguf(try GGUFTokenizer(file.metadata))
    tensors = file
  }

  init(directory: String) throws(ModelFileError) {
    let json = try JSONDocument(path: directory + "/config.json")
    let config = try ModelConfig(huggingFace: json)
    let generationPath = directory + "/generation_config.json"
    let generation = FileSystem.exists(generationPath) ? try JSONDocument(path: generationPath) : nil
    path = directory
    layout = .huggingFace
    name = FileSystem.lastComponent(directory)
    self.config = config
    generationDefaults = try GenerationDefaults(
      generation: generation, config: json, vocabularySize: config.vocabularySize)
    tokenizerSettings = try TokenizerSettings(directory: directory)
    let checkpoint = try SafetensorsCheckpoint(directory: directory)
    try config.check(checkpoint, layout: .huggingFace)
    guard let source = TokenizerSource.find(in: directory) else {
      throw ModelFileError(
        path: directory, found: "no tokenizer.json and no single .tiktoken file in this directory",
        remedy: "save the tokenizer beside the model")
    }
    tokenizerSource = source
    tensors = checkpoint
  }
}

/// Which of the two layouts a path leads to.
enum ModelLocation {
  case gguf(String)
  case huggingFace(String)

  init(_ path: String) throws(ModelFileError) {
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
    let files = FileSystem.names(in: path).filter { $0.hasSuffix(".gguf") }
    guard files.count == 1 else {
      throw ModelFileError(
        path: path, found: "a directory with no config.json and \(files.count) .gguf files",
        expected: "a config.json, or exactly one .gguf file",
        remedy: files.isEmpty ? nil : "name the .gguf file itself")
    }
    self = .gguf(path + "/" + files[0])
  }
}
