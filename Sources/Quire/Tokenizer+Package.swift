package import QuireModelFiles
package import QuireTokenizers

extension Tokenizer {
  /// Loads the tokenizer that a model brings along.
  package static func load(from package: ModelPackage) throws(TokenizerError) -> Tokenizer {
    try load(from: package.tokenizerSource, package.tokenizerSettings)
  }

  /// Loads a tokenizer from the files of a model, without the model.
  package static func load(
    from source: TokenizerSource, _ settings: TokenizerSettings
  ) throws(TokenizerError) -> Tokenizer {
    switch source {
    case .huggingFace(let path):
      return try load(
        tokenizerJSON: path, bosToken: settings.bosToken, eosToken: settings.eosToken,
        addBOS: settings.addBOS)
    case .tiktoken(let path):
      return try load(tiktoken: path, normalizesToNFC: true)
    case .gguf(let fields):
      return try load(
        gguf: GGUFTokenizerFields(
          model: fields.model, pre: fields.pre, tokens: fields.tokens, tokenTypes: fields.tokenTypes,
          merges: fields.merges, bosTokenID: fields.bosTokenID,
          eosTokenID: fields.eosTokenID,
          unknownTokenID: fields.unknownTokenID, addBOS: fields.addBOS,
          addSpacePrefix: fields.addSpacePrefix))
    }
  }
}
