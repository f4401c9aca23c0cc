package import QuireModelFiles

/// One opened model, whichever layout it has: configuration, vocabulary and tensors, checked against each other.
package struct ModelPackage: Sendable {
  /// The `.gguf` file or the directory.
  package let path: String
  /// A name for people: that of the GGUF metadata, or the directory's.
  package let name: String
  /// How the model is laid out on disk.
  package let layout: ModelLayout
  /// What the model is made of.
  package internal(set) var plan: ModelPlan
  /// Advice for sampling.
  package let generationDefaults: GenerationDefaults
  /// Special tokens and chat template.
  package let tokenizerSettings: TokenizerSettings
  /// How vectors and scores are made.
  package let pooling: ModelPooling
  /// Where the vocabulary is read from.
  package let tokenizerSource: TokenizerSource
  /// What is odd about the files, without being an error.
  package let warnings: [ModelFileWarning]
  /// The weights: all that the configuration asks for, in the right shapes.
  package let tensors: any TensorStore

  /// What caches and engine need to know of the model.
  package var shape: ModelShape { plan.shape }

  /// Opens a `.gguf` file, a directory in Hugging Face layout, or a directory that holds exactly one `.gguf` file and no `config.json`.
  ///
  /// - Throws: ``ModelFileError`` where a file is missing or damaged, where two of them disagree, or where the model is one that
  ///   Quire does not compute.
  package static func open(_ path: String) throws(ModelFileError) -> ModelPackage {
    let location = try ModelLocation(path)
    switch location {
    case .gguf(let file): return try ModelPackage(gguf: try GGUFFile(path: file))
    case .huggingFace(let directory): return try ModelPackage(directory: directory)
    }
  }

  init(gguf file: GGUFFile) throws(ModelFileError) {
    var plan = try ModelFamilies.plan(gguf: file)
    let vocabularySize = plan.sizes.vocabularySize
    path = file.path
    layout = .gguf
    name = try file.metadata.stringIfPresent("general.name") ?? FileSystem.lastComponent(path)
    self.plan = plan
    generationDefaults = try GenerationDefaults(gguf: file.metadata, vocabularySize: vocabularySize)
    tokenizerSettings = try TokenizerSettings(gguf: file.metadata, vocabularySize: vocabularySize)
    pooling = try ModelPooling(gguf: file, hiddenSize: plan.sizes.hiddenSize)
    if case .classifier = pooling.scoring {
      plan.passedOver.readElsewhere.insert(ModelPooling.ggufClassifierName)
    }
    let extra = try plan.check(file)
    let vocabulary = try GGUFVocabulary(file.metadata)
    tokenizerSource = .gguf(vocabulary)
    tensors = file
    let known = plan.warnings + extra + generationDefaults.warnings
    // Of the ids that end answers the defaults have spoken already.
    warnings =
      known + vocabulary.warnings.filter { warning in !known.contains { $0.subject == warning.subject } }
  }

  init(directory: String) throws(ModelFileError) {
    let json = try JSONDocument(path: directory + "/config.json")
    var plan = try ModelFamilies.plan(huggingFace: json)
    let generationPath = directory + "/generation_config.json"
    let generation = FileSystem.exists(generationPath) ? try JSONDocument(path: generationPath) : nil
    path = directory
    layout = .huggingFace
    name = FileSystem.lastComponent(directory)
    generationDefaults = try GenerationDefaults(
      generation: generation, config: json, vocabularySize: plan.sizes.vocabularySize)
    var settings = try TokenizerSettings(directory: directory)
    if settings.chatTemplate == nil, generationDefaults.chatFormat == "chatml" {
      settings.chatTemplate = TokenizerSettings.chatMLTemplate
    }
    tokenizerSettings = settings
    let checkpoint = try SafetensorsCheckpoint(directory: directory).namedAsWhole(plan)
    plan.resolveClass(checkpoint, isEmbedding: FileSystem.exists(directory + "/" + SentenceModules.fileName))
    try plan.resolveTiedHead(checkpoint)
    try plan.applyQuantization(in: checkpoint)
    let extra = try plan.check(checkpoint)
    pooling = try ModelPooling(directory: directory, config: json, plan, checkpoint)
    self.plan = plan
    guard let source = TokenizerSource.find(in: directory) else {
      throw ModelFileError(
        path: directory,
        found:
          "no tokenizer.json, tokenizer.model, tekken.json, vocab.json with merges.txt or single .tiktoken file "
          + "in this directory",
        remedy: "save the tokenizer beside the model")
    }
    tokenizerSource = source
    tensors = checkpoint
    warnings = plan.warnings + extra + generationDefaults.warnings
  }
}
