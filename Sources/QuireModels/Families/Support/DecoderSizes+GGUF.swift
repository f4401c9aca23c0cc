import QuireModelFiles

extension DecoderSizes {
  /// The keys that all decoders of a GGUF file share, with llama.cpp's defaults for absent ones.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is missing, of the wrong type or out of range, or where the
  ///   model is one that Quire does not compute.
  init(gguf file: GGUFFile, _ architecture: String, _ keys: GGUFKeys) throws(ModelFileError) {
    let metadata = file.metadata
    try Self.refuseUnsupported(metadata, keys)
    let hiddenSize = try metadata.integer(keys.embeddingLength, in: ModelLimits.width)
    let headCount = try metadata.integer(keys.headCount, in: ModelLimits.heads)
    let layerCount = try metadata.integer(keys.blockCount, in: ModelLimits.layers)
    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      intermediateSize: try metadata.integer(keys.feedForwardLength, in: ModelLimits.intermediate),
      layerCount: layerCount, attentionHeadCount: headCount,
      keyValueHeadCount: try metadata.integerIfPresent(keys.keyValueHeadCount, in: ModelLimits.heads)
        ?? headCount,
      headDimension: try Self.headDimension(metadata, keys, hiddenSize: hiddenSize, headCount: headCount),
      vocabularySize: try Self.vocabularySize(file, keys),
      maxPositionCount: try metadata.integer(keys.contextLength, in: ModelLimits.positions),
      epsilon: try Self.epsilon(metadata, keys), tiesEmbedding: !file.hasTensor("output.weight"))
    try checkHeads(path: file.path, names: (keys.headCount, keys.keyValueHeadCount, keys.keyLength))
  }

  private static func refuseUnsupported(
    _ metadata: GGUFMetadata, _ keys: GGUFKeys
  ) throws(ModelFileError) {
    let experts = try metadata.integerIfPresent(keys.expertCount, in: 0...65_536) ?? 0
    guard experts == 0 else {
      throw metadata.wrong(keys.expertCount, metadata[keys.expertCount]!, "0: a model without experts")
    }
  }

  private static func headDimension(
    _ metadata: GGUFMetadata, _ keys: GGUFKeys, hiddenSize: Int, headCount: Int
  ) throws(ModelFileError) -> Int {
    let stated = try metadata.integerIfPresent(keys.keyLength, in: ModelLimits.headDimension)
    if stated == nil,
      hiddenSize % headCount != 0 || !ModelLimits.headDimension.contains(hiddenSize / headCount)
    {
      throw metadata.wrong(
        keys.headCount, metadata[keys.headCount]!, "a divisor of \(keys.embeddingLength), \(hiddenSize)")
    }
    let dimension = stated ?? hiddenSize / headCount
    let other = try metadata.integerIfPresent(keys.valueLength, in: ModelLimits.headDimension)
    if let other, other != dimension {
      throw metadata.wrong(
        keys.valueLength, metadata[keys.valueLength]!, "\(dimension), the width of a key's head")
    }
    return dimension
  }

  /// The tokens in the list; without one, the stated size; without that, the rows of the embedding.
  private static func vocabularySize(_ file: GGUFFile, _ keys: GGUFKeys) throws(ModelFileError) -> Int {
    let metadata = file.metadata
    let stated = try metadata.integerIfPresent(keys.vocabularySize, in: ModelLimits.vocabulary)
    if let tokens = try metadata.arrayIfPresent("tokenizer.ggml.tokens") {
      if let stated, stated != tokens.count {
        throw metadata.wrong(
          keys.vocabularySize, metadata[keys.vocabularySize]!,
          "\(tokens.count), the length of tokenizer.ggml.tokens")
      }
      guard ModelLimits.vocabulary.contains(tokens.count) else {
        throw metadata.wrong(
          "tokenizer.ggml.tokens", .array(tokens), "1 to \(ModelLimits.vocabulary.upperBound)")
      }
      return tokens.count
    }
    if let stated { return stated }
    let rows = try file.tensor("token_embd.weight").rowCount
    guard ModelLimits.vocabulary.contains(rows) else {
      throw metadata.missing(keys.vocabularySize, "the size of the vocabulary")
    }
    return rows
  }

  private static func epsilon(_ metadata: GGUFMetadata, _ keys: GGUFKeys) throws(ModelFileError) -> Float {
    guard let epsilon = try metadata.numberIfPresent(keys.epsilon, in: ModelLimits.epsilon) else {
      throw metadata.missing(keys.epsilon, "a number from 0 to 1")
    }
    return Float(epsilon)
  }
}
