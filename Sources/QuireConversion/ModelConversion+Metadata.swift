import QuireModelFiles
import QuireModels

/// What a file says of a model, but for its tensors.
typealias ConvertedMetadata = (
  plan: ModelPlan, architecture: String, header: GGUFHeader, warnings: [ModelFileWarning]
)

extension ModelConversion {
  /// What a file of a checkpoint says.
  ///
  /// - Throws: ``ConversionError`` where GGUF has no name for the family, or no place for its tokenizer.
  static func metadata(
    ofCheckpoint package: ModelPackage, _ format: ConversionFormat
  ) throws(ConversionError) -> ConvertedMetadata {
    let architecture = try modelFile { () throws(ModelFileError) in
      guard package.plan.checkpointClass != .sequenceClassification else {
        throw ModelFileError(
          path: package.path, found: "a classifier in place of the output head",
          expected: "a model that answers prompts or makes embeddings: quire convert writes no classifiers")
      }
      let json = try JSONDocument(path: package.path + "/config.json")
      guard let architecture = try ModelFamilies.ggufArchitecture(huggingFace: json) else {
        throw ModelFileError(
          path: json.path, found: "the family \(package.plan.sizes.architecture)",
          expected: "one that GGUF has a name for")
      }
      return architecture
    }
    var header = GGUFHeader()
    header.set("general.architecture", .string(architecture))
    header.set("general.type", .string("model"))
    header.set("general.name", .string(package.name))
    header.set(format)
    let (plan, lengthLimit) = package.plan.ggufForm(architecture: architecture)
    for (key, value) in plan.ggufValues(architecture: architecture) { header.set(key, value) }
    for (key, value) in package.generationDefaults.ggufValues { header.set(key, value) }
    let vocabulary = try VocabularyConversion(
      package.tokenizerSource, package.tokenizerSettings,
      vocabularySize: plan.sizes.vocabularySize, directory: package.path)
    var (values, warnings) = try vocabulary.values(
      endTokens: package.generationDefaults.eosTokenIDs, package.tokenizerSettings)
    for (key, value) in values { header.set(key, value) }
    if let type = package.pooling.ggufType {
      header.set(architecture + ".pooling_type", .uint32(type))
      if case .success(let embedding) = package.pooling.embedding, !embedding.isNormed {
        warnings.append(
          ModelFileWarning(
            path: package.path,
            "vectors of the converted model are scaled to a length of 1, and these are not"))
      }
    }
    if let lengthLimit {
      warnings.append(
        ModelFileWarning(
          path: package.path,
          "texts of the converted model have at most \(lengthLimit) tokens: what the configuration says of longer ones, "
            + "a GGUF file of \(architecture) has no keys for"))
    }
    return (plan, architecture, header, package.warnings + warnings + losses(package, format))
  }

  /// What a file of another GGUF file says: the same, but for what is about the formats of its tensors and their place.
  ///
  /// - Throws: ``ConversionError`` where the file has shrunk.
  static func metadata(
    ofFile package: ModelPackage, _ format: ConversionFormat
  ) throws(ConversionError) -> ConvertedMetadata {
    try modelFile { () throws(ModelFileError) in
      let metadata = try GGUFFile(path: package.path).metadata
      var header = GGUFHeader()
      try header.copy(metadata) { key in
        key != "general.alignment" && !key.hasPrefix("split.") && !key.hasPrefix("quantize.imatrix.")
      }
      header.set(format)
      let architecture = try metadata.string("general.architecture")
      return (package.plan, architecture, header, package.warnings + losses(package, format))
    }
  }

  /// A warning where numbers that have lost something already lose more.
  private static func losses(_ package: ModelPackage, _ format: ConversionFormat) -> [ModelFileWarning] {
    let stored = package.plan.quantizedTensorCount(in: package.tensors)
    guard stored > 0, format.losesSomething else { return [] }
    return [
      ModelFileWarning(
        path: package.path,
        "\(stored) of its matrices are quantised already: where their format changes, the error of \(format.rawValue) "
          + "comes on top; better convert from the whole weights, if there are some")
    ]
  }
}

extension GGUFHeader {
  /// Says which format the file is in.
  fileprivate mutating func set(_ format: ConversionFormat) {
    set("general.file_type", .uint32(format.fileType))
    set("general.quantization_version", .uint32(2))
  }
}

extension GenerationDefaults {
  /// The keys under which GGUF files advise for sampling.
  fileprivate var ggufValues: [(key: String, value: GGUFHeader.Value)] {
    let numbers = [
      ("general.sampling.temp", temperature), ("general.sampling.top_p", topP),
      ("general.sampling.min_p", minP),
      ("general.sampling.penalty_repeat", repetitionPenalty),
    ]
    var values = numbers.compactMap { key, value in value.map { (key, GGUFHeader.Value.float32(Float($0))) } }
    // No limit is 0 there.
    if let topK { values.append(("general.sampling.top_k", .uint32(UInt32(max(0, topK))))) }
    return values
  }
}
