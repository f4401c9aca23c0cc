package import QuireModelFiles
package import QuireTokenizers

extension Tokenizer {
  /// Loads the tokenizer that a model brings along.
  package static func load(from package: ModelPackage) throws(TokenizerError) -> Tokenizer {
    let settings = package.tokenizerSettings
    switch package.tokenizerSource {
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
