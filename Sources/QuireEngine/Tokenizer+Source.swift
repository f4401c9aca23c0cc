package import QuireModelFiles
package import QuireTokenizers

extension Tokenizer {
  /// Loads the tokenizer that a model brings along, as its settings say.
  package static func load(
    from source: TokenizerSource, settings: TokenizerSettings
  ) throws(TokenizerError) -> Tokenizer {
    switch source {
    case .huggingFace(let path):
      try load(tokenizerJSON: path, stated: settings.tokens)
    case .sentencePiece(let path):
      try load(sentencePiece: path, stated: settings.tokens, addBOS: settings.addBOS, addEOS: settings.addEOS)
    case .tekken(let path): try load(tekken: path)
    case .merges(let vocabulary):
      try load(vocabulary, stated: settings.tokens)
    case .tiktoken(let path):
      // Qwen's own wrapper of tiktoken normalises.
      try load(tiktoken: path, normalizesToNFC: true)
    case .gguf(let vocabulary):
      try load(gguf: vocabulary)
    }
  }
}
